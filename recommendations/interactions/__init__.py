"""What each person did with each item, in numbers, maintained by the digest."""
