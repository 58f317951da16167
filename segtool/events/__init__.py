"""What people do in a shop besides buying: event logs, read and folded to sessions, carts and orders of each person."""
