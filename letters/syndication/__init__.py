"""What leaves for other people's programs: keys with which organisers' programs read, and news that theirs are told."""
