"""The files of the press room, each a function of one source: the list as it stands, or as a snapshot has kept it."""
