"""Who is in each segment: attributes and how they are spread, what differs beyond chance, what explains value."""
