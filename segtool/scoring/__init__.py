"""Customers to scores: statements, cuts, scores, frozen models, drift."""
