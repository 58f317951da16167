"""Any table out: the formats, and what writes them."""
