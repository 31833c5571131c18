import pytest

from letters.verification.affiliations import agree


@pytest.mark.parametrize(
    ("affiliation", "names"),
    [
        ("", ["University of Oxford"]),
        ("  ", ["University of Oxford"]),
        ("University of Oxford", ["University of Oxford"]),
        ("UNIVERSITY OF OXFORD", ["University of Oxford"]),
        ("Department of Physics, University of Oxford", ["University of Oxford"]),
        ("Oxford University", ["University of Oxford"]),
        ("Physics, Oxford University, UK", ["University of Oxford"]),
        ("Universität Zürich", ["University of Zurich", "Universitat Zurich"]),
        ("ETH Zürich", ["ETH Zurich"]),
        ("Cern", ["European Organization for Nuclear Research", "CERN"]),
        ("TNO, The Hague", ["Netherlands Organisation", "TNO"]),
        ("tno", ["TNO"]),
        ("Siemens", ["Siemens (Germany)"]),
        ("National Institute of Technology", ["National Institute of Technology"]),
        ("東京大学医学部", ["東京大学"]),
        ("Max Planck", ["Max Planck Society"]),
    ],
)
def test_agree_finds_the_same_organisation(affiliation, names):
    assert agree(affiliation, names)


@pytest.mark.parametrize(
    ("affiliation", "names"),
    [
        ("Oxford Brookes University", ["University of Oxford"]),
        ("Harbour Bank", ["University of Oxford"]),
        ("University", ["University of Oxford"]),
        ("Institute of Technology", ["Massachusetts Institute of Technology"]),
        ("those who care", ["World Health Organization", "WHO"]),
        ("I run it alone", ["Institut for Things", "IT"]),
        ("Oxfordshire Council", ["Oxford"]),
        ("University of Harbour", [""]),
        ("---", ["University of Oxford"]),
        ("University of Oxford", ["---"]),
    ],
)
def test_agree_finds_another_one(affiliation, names):
    assert not agree(affiliation, names)
