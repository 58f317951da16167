"""Scores to names: schemes as data, proven before they are used."""
