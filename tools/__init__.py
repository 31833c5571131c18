"""Scripts behind the Makefile; nothing here is installed or imported by the site."""
