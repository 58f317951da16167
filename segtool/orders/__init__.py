"""What an order line is: the roles of its columns, what it is worth, when it is set aside."""
