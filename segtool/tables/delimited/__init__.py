"""Text with a delimiter between its cells: how it is written, where its records end, what its cells are."""
