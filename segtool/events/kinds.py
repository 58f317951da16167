"""The kinds of events that behaviour is told by."""

KINDS = (
    "visit",
    "view",
    "search",
    "wish",
    "add",
    "cart",
    "remove",
    "checkout",
    "purchase",
    "refund",
    "rating",
    "login",
    "signup",
    "other",
)
"""A kind's position is its code.

A `visit` is a page, a screen or the start of a session; a `view` looks at a product, a category or a list; `add` and
`remove` put into the cart and take out, `cart` looks at it; `checkout` is any step of it. `other` are events known to
be none of these, as errors and chats.
"""

UNKNOWN = -1
"""The code of a name that no vocabulary has. Such events are activity, and they are counted and shown."""
