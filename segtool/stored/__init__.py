"""Customers who stay in the database: cuts, scores, segments and counts by its own queries, however many they are."""
