"""The English words that say what an amount is an amount of, and which of them mean the same."""

from embeddings.terms import FUNCTION_WORDS, terms
from service.verifier.words import listed, stem


def _by_word(senses: dict[str, str]) -> dict[str, str]:
    return {word: sense for sense, forms in senses.items() for word in forms.split()}


FATES = _by_word(
    {
        "dead": "killed killing kills kill dead died die dies dying death deaths fatalities fatality perished slain "
        "toll",
        "hurt": "injured injuring injures injury injuries wounded wounding hurt",
        "in hospital": "hospitalised hospitalized hospital hospitals",
        "missing": "missing unaccounted disappeared",
        "arrested": "arrested arresting arrests arrest detained detaining custody",
        "displaced": "displaced displacing homeless fled fleeing uprooted",
        "evacuated": "evacuated evacuating evacuate",
        "rescued": "rescued rescuing survived survivors",
        "trapped": "trapped stranded",
        "infected": "infected infecting infections infection cases",
        "kidnapped": "kidnapped kidnapping abducted hostage hostages",
        "freed": "freed released freeing releasing",
        "destroyed": "destroyed destroying destroys",
        "damaged": "damaged damaging",
        "for": "favour favor favoured favored backed",
        "against": "against opposed opposing",
        "abstained": "abstained abstentions abstaining abstain abstention",
    }
)
"""What became of those counted, or what they did."""
LOSING = listed("claim claims claimed claiming lost cost costs took takes taking")
"""What makes lives those of the dead."""
VICTIMS = listed("dead hurt missing")
"""Fates of which news of one event gives one count, however it is worded."""
TAKING = listed(
    "killed killing kills kill injured injuring injures wounded wounding arrested arresting detained detaining "
    "displaced displacing evacuated evacuating rescued rescuing freed freeing released releasing destroyed destroying "
    "damaged damaging kidnapped kidnapping abducted infected infecting"
)
"""What has the number that follows for its object."""
CHANGES = _by_word(
    {
        "up": "rose risen rise rises rising up increased increase increases increasing grew grown growth gained jumped "
        "surged climbed soared higher",
        "down": "fell fallen fall falls falling down decreased decrease decreases dropped drop declined decline shrank "
        "lower",
    }
)
MARKS = _by_word(
    {
        "more": "more other others another additional further extra",
        "each": "each every per apiece daily weekly monthly annually yearly average",
        "part": "including include includes included among",
        "total": "total altogether combined overall",
    }
)
"""What makes it another amount, right beside it."""
SUPPOSED = listed(
    "could would may might will shall should must if unless expected expects forecast forecasts projected projects "
    "predicted predicts plans planned aims aimed aim target targets goal hopes hoped proposed proposes proposal seek "
    "seeks seeking asked wants feared not never denied"
)
"""What makes it no statement of fact, anywhere before it."""
TURNING = SUPPOSED - {"denied"} | listed(
    "no cannot didn't doesn't wasn't weren't isn't aren't hasn't haven't won't wouldn't"
)
"""What two sentences have to have in common for another word to make them opposites."""
OPPOSITES = frozenset(
    map(
        listed,
        (
            "confirmed denied",
            "convicted acquitted",
            "guilty innocent",
            "guilty acquitted",
            "approved rejected",
            "accepted rejected",
            "passed rejected",
            "won lost",
            "alive dead",
            "survived died",
            "upheld overturned",
        ),
    )
)
PEOPLE = frozenset(map(stem, listed("person individual victim life lives death fatality casualty")))
"""Stems that say no more of those counted than that they are people."""
GROUPS = frozenset(map(stem, listed("child soldier civilian man woman")))
"""Stems for people that are counted apart."""
MOVING = frozenset(map(stem, listed("mile kilometre kilometer mph knot degree point")))
"""Stems of what is measured anew by the hour."""
TIMES = frozenset(map(stem, listed("second minute hour day night week month year decade")))
"""Stems of what goes by: two weeks are three, a week later."""
ENDS = listed("and but while as when after before since because though although")
"""Words after which something else is counted."""
_EVENTS = (
    "fire blaze inferno wildfire",
    "blast explosion bomb bombing",
    "crash collision derailment",
    "quake earthquake tremor",
    "storm hurricane cyclone typhoon",
    "flood flooding floods",
    "shooting gunman gunmen gunfire",
    "strike airstrike",
)
_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen "
    "dozens scores"
)
_LITTLE = (
    "january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday said say says told according accord report reported reports "
    "official officials person people per cent percent least more than about over nearly almost"
)
SAME = {
    term: f"={fate}"
    for word, fate in FATES.items()
    if fate not in ("for", "against", "abstained") and word != "cases"
    for term in (*terms(word), stem(word))
} | {
    term: f"={forms.split()[0]}"
    for forms in (*_EVENTS, "attack assault")
    for word in forms.split()
    for term in (*terms(word), stem(word))
}
"""From a term to what stands for all that mean the same."""
EVENTS = frozenset(f"={forms.split()[0]}" for forms in _EVENTS)
NUMBERS = frozenset(terms(_NUMBERS))
SAYS_LITTLE = FUNCTION_WORDS | NUMBERS | frozenset(terms(_LITTLE))
"""Terms that two sentences may share without speaking of the same thing."""
_IRREGULAR = listed("people children police troops personnel staff cattle sheep")
_NO_PLURAL = listed("was has does says his its yes thus across versus perhaps always less plus")


def plural(word: str) -> bool:
    """Tell whether a word in lower case has the look of a noun in the plural."""
    if word in _IRREGULAR or word.endswith("men"):
        return True
    return (
        len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")) and word not in _NO_PLURAL
    )
