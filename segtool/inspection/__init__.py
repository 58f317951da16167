"""What is in a file, before anything is computed: its columns, its orders, and how rfm would read them."""
