"""The one rule language: what rules say of scores and columns, which rows meet them, what is proven of them."""
