"""Files for campaign tools: what each takes, whom it may have, and what is written."""
