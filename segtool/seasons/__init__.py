"""When people buy, and what: seasons, months, named windows, their own rhythm, favourite brands and categories."""
