"""The visitors' door: read, sign, confirm, look after one's own line. No login, no cookie for a reader."""
