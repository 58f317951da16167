"""Why a customer is in a segment, and what would move them: measured with frozen cuts, told in sentences."""
