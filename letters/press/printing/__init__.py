"""Everything that is set in type: letters and lists as PDF, the newspaper page, fact sheets, pictures, QR codes.

Plain data in, bytes out; no table is read here. Text reaches the templates as data, never as markup, so whatever
somebody typed is printed as typed (ADR 17).
"""
