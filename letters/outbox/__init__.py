"""Every mail leaves here: a row first, sent by a worker under a lease, at least once. Holds no address and no text."""
