"""What a page about the customers shows: pure functions from labelled customers to facts."""
