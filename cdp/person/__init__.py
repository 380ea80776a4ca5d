"""One person on one page, put together through the doors of the four apps."""
