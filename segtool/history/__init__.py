"""Segments over time: who moved between two tables, and how segments went period by period."""
