"""Drills: signers at work while web, workers, Redis, PostgreSQL and the mail server fail, then a reconciliation.

``python -m tools.chaos [DRILL…] [--short]``; docs/reliability.md says what each drill promises and how it is measured.
"""
