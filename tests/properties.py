"""How property tests run here: the same examples every time, no clock, no files left behind."""

from hypothesis import settings
from hypothesis import strategies as st

quick = settings(max_examples=40, deadline=None, derandomize=True, database=None)
thorough = settings(max_examples=150, deadline=None, derandomize=True, database=None)

ALL_PLANES = st.integers(0, 0x10FFFF).map(chr)
"""Every code point, lone surrogates and unassigned ones included; made so that no table of them is built first."""

LETTERS = st.sampled_from("aBzŁøçé ßİıǅΣσςАжةंकি李ﬁ𝐀")
HOSTILE = st.sampled_from(
    "=+-@\t\r\n\0 \u00a0\u00ad\u200b\u200c\u200d\u202e\u2066\u3164\u2800\u0301\u0345\ufe0f＝－＠'’.,/()"
)
any_text = st.text(ALL_PLANES | LETTERS | HOSTILE, max_size=24)
