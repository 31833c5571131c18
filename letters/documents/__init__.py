"""The letter and its texts: what was asked of whom, in which exact words. A version never changes once it exists."""
