"""The English words that attribute something to somebody, and those that a subject ends at: what attributions go by."""

from enum import IntFlag


class Use(IntFlag):
    """How a form of a verb attributes, and which form it is."""

    SAY = 1
    """It may stand beside a quotation, before or after its subject: "said"."""
    THAT = 2
    """A clause follows, with "that" or without: "believes"."""
    TO = 4
    """An infinitive follows: "vowed to"."""
    OBJECT = 8
    """What follows is what it is about: "criticised"."""
    PAST = 16
    PARTICIPLE = 32
    THIRD = 64
    BASE = 128
    ING = 256


_VERBS = {
    Use.SAY | Use.THAT: (
        "say write add note announce suggest report argue explain acknowledge declare conclude claim warn state "
        "insist observe complain admit deny predict boast joke quip remark recall stress emphasize emphasise "
        "reiterate assert concede contend maintain caution lament muse reveal testify proclaim opine allege "
        "speculate confirm tweet shout yell exclaim affirm vow promise pledge attest posit surmise theorize clarify "
        "confess confide volunteer recount respond reply answer advise assure remind tell inform"
    ),
    Use.SAY: (
        "ask continue comment post blog email chant cry interject retort counter crow fume scoff snap mutter whisper "
        "murmur wonder repeat elaborate exhort gush thunder inquire enthuse intone bellow deadpan riff explode "
        "demand urge text begin read bark mock yelp protest grouse gripe lecture instruct counsel marvel scream rant "
        "question roar sneer sigh snipe vent plead swear charge retaliate rejoin reason finish preach gloat"
    ),
    Use.THAT: (
        "believe think hope fear expect assume realize realise doubt suspect imagine worry learn show indicate "
        "signal hint imply estimate forecast project determine discover demonstrate guess agree disclose argue "
        "conclude propose anticipate reckon"
    ),
    Use.TO: ("hope vow promise pledge decline refuse threaten agree offer propose prefer claim"),
    Use.OBJECT: (
        "criticize criticise praise accuse blame mock endorse defend denounce condemn blast slam attack reject "
        "dismiss question oppose tout thank cite mention discuss describe call propose decry champion welcome echo "
        "rebuke deride applaud hail invoke reference challenge portray label dub liken deem recommend outline detail "
        "highlight express voice reiterate repeat demand order request urge ask advocate disavow disclose announce "
        "unveil prefer predict reveal encourage acknowledge deny lambaste assail bemoan ridicule characterize "
        "characterise depict brand fault credit commend compliment congratulate chide scold berate excoriate tell "
        "warn remind assure advise persuade implore beg tweet note suggest admit offer promise pledge estimate "
        "recall report stress emphasize emphasise rebuff repudiate slander taunt pan lament explain"
    ),
}
_WITH_PARTICLE = {
    "call": "for on",
    "point": "to out",
    "refer": "to",
    "talk": "about of",
    "speak": "about of",
    "complain": "about of",
    "rail": "against at",
    "lash": "out",
    "object": "to",
    "allude": "to",
    "push": "for back",
    "hint": "at",
    "warn": "of about against",
    "boast": "about of",
    "testify": "about",
    "comment": "on",
    "argue": "for against",
    "joke": "about",
    "worry": "about",
    "elaborate": "on",
    "apologize": "for",
    "apologise": "for",
    "muse": "about",
    "respond": "to",
    "react": "to",
    "spell": "out",
    "lay": "out",
    "rule": "out",
    "brush": "off",
    "single": "out",
    "hit": "back out",
    "shoot": "back",
    "fire": "back",
    "write": "back",
    "chime": "in",
    "go": "on",
    "put": "it",
    "make": "",
}
"""Verbs that attribute with a particle."""
_IRREGULAR = {
    "say": ("says", "said", "said", "saying"),
    "tell": ("tells", "told", "told", "telling"),
    "write": ("writes", "wrote", "written", "writing"),
    "think": ("thinks", "thought", "thought", "thinking"),
    "show": ("shows", "showed", "shown", "showing"),
    "begin": ("begins", "began", "begun", "beginning"),
    "speak": ("speaks", "spoke", "spoken", "speaking"),
    "forecast": ("forecasts", "forecast", "forecast", "forecasting"),
    "read": ("reads", "read", "read", "reading"),
    "shoot": ("shoots", "shot", "shot", "shooting"),
    "hit": ("hits", "hit", "hit", "hitting"),
    "make": ("makes", "made", "made", "making"),
    "go": ("goes", "went", "gone", "going"),
    "put": ("puts", "put", "put", "putting"),
    "lay": ("lays", "laid", "laid", "laying"),
    "beg": ("begs", "begged", "begged", "begging"),
}
_DOUBLED = frozenset(["admit", "refer", "prefer", "slam", "quip", "snap", "pan", "dub", "blog"])


def _forms(verb: str) -> tuple[str, str, str, str]:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb in _DOUBLED:
        return verb + "s", verb + verb[-1] + "ed", verb + verb[-1] + "ed", verb + verb[-1] + "ing"
    if verb[-1] == "e":
        return verb + "s", verb + "d", verb + "d", verb[:-1] + "ing"
    if verb[-1] == "y" and verb[-2] not in "aeiou":
        return verb[:-1] + "ies", verb[:-1] + "ied", verb[:-1] + "ied", verb + "ing"
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "o")) else "s")
    return third, verb + "ed", verb + "ed", verb + "ing"


def _verbs() -> dict[str, Use]:
    found: dict[str, Use] = {}
    for use, verbs in [*_VERBS.items(), (Use(0), " ".join(_WITH_PARTICLE))]:
        for verb in verbs.split():
            third, past, participle, ing = _forms(verb)
            for form, which in (
                (verb, Use.BASE),
                (third, Use.THIRD),
                (past, Use.PAST),
                (participle, Use.PARTICIPLE),
                (ing, Use.ING),
            ):
                found[form] = found.get(form, Use(0)) | use | which
    return found


def _particles() -> dict[str, frozenset[str]]:
    return {
        form: frozenset(particles.split())
        for verb, particles in _WITH_PARTICLE.items()
        for form in (verb, *_forms(verb))
    }


VERBS = _verbs()
"""Every form of the verbs that attribute, lower-case."""
PARTICLES = _particles()
"""The words that make a form of a verb attribute what follows them: "called" "for"."""


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


MAKING = frozenset(["make", "makes", "made", "making"])
"""Attributes with "clear": "made it very clear that"."""
SAYING_PARTICLES = _words("out back in on it")
"""Particles with which a verb stands beside quotations: "pointed out", "went on"."""
NOUNS_TOO = _words(
    "claims claim calls call plans plan hopes hope fears fear reports report promises promise questions question "
    "demands demand offers offer posts post attacks attack notes note blames blame requests request doubts doubt "
    "projects project estimates estimate comments comment remarks remark details detail views orders order pushes "
    "push points point voices voice supports support credits credit texts text answers answer tweets tweet pledge "
    "pledges vow vows wish wishes challenge challenges advocates advocate backs champions shows show focus object "
    "objects feeling meaning finding reading feelings faults fault suspects suspect cites praise states state "
    "forecast forecasts blast blasts"
)
"""Forms that are as often a noun, so that what stands around them decides."""
REPORTING_NOUNS = _words(
    "comments comment remarks remark statement statements words response reply answer tweet tweets message post "
    "speech testimony letter argument claim explanation verdict warning conclusion question advice assessment "
    "reaction view position point theory line pitch rebuttal account quote admission apology plea appeal promise"
)
"""What somebody's words are called: "Lavrov's comments"."""

PRONOUNS = _words("he she they it we i you who which someone everyone nobody everybody somebody one that this")
PERSONAL = _words("he she")
DETERMINERS = _words(
    "the a an this that these those his her its their our my your some many most several few all both each every no "
    "any another one two three four five six seven eight nine ten more other"
)
PREPOSITIONS = _words(
    "of for in on at by with from to about against over under between among near during after before since without "
    "within into through despite outside inside behind across like than per via including amid upon around along "
    "toward towards as unlike following beyond until throughout"
)
SUBORDINATORS = _words(
    "because if when while although though whereas unless where why how what that which who whom whose so whether "
    "and but or nor yet since until"
)
AUXILIARIES = _words(
    "is are was were be been being am has have had do does did will would can could may might must should shall "
    "isn't aren't wasn't weren't hasn't haven't hadn't don't doesn't didn't won't wouldn't can't couldn't shouldn't "
    "cannot 's 've 'd 'll 're"
)
BE = _words("is are was were be been being am isn't aren't wasn't weren't 's 're")
HAVE = _words("has have had hasn't haven't hadn't 've")
MODALS = _words(
    "do does did will would can could may might must should shall don't doesn't didn't won't wouldn't can't couldn't "
    "shouldn't cannot 'll 'd to"
)
ADVERBS = _words(
    "also later not never already just often then now still again even once further soon always ever instead too "
    "first twice meanwhile however therefore nonetheless nevertheless yet at-least perhaps though only ultimately "
    "sometimes long all both since"
)
DAYS = _words(
    "monday tuesday wednesday thursday friday saturday sunday yesterday today tonight tomorrow january february "
    "march april may june july august september october november december"
)
OTHER_VERBS = _words(
    "went came made took got gave began left won lost held ran met saw became kept put led brought built sent paid "
    "stood rose fell grew drew drove spent sat set hit cut let goes comes makes takes gets gives wins loses holds "
    "runs meets sees becomes keeps puts leads brings needs wants tries tried uses used looks looked seems seemed "
    "appears appeared remains remained continues happened turned moved lived worked played included includes heard "
    "knew thought stayed include wanted planned decided considered supported found felt favored focused considers "
    "decides finds feels shows seek seeks sought having going getting making taking come go get give take make see "
    "need want keep seem appear remain wore spoke broke chose flew fought hid lay rode sang sold taught threw woke "
    "understands has help helps helped returned"
)
"""Common verbs that attribute nothing: a subject does not reach over them."""
ADDRESSED = _words(
    "tell tells told telling remind reminds reminded reminding assure assures assured assuring inform informs "
    "informed informing ask asks asked asking urge urges urged urging advise advises advised advising warn warns "
    "warned warning persuade persuades persuaded encourage encourages encouraged encouraging implore implores "
    "implored beg begged"
)
"""Forms that somebody spoken to may follow."""
NO_PERSON = _words(
    "house senate congress court party times post journal news press agency committee commission council department "
    "ministry office university technologies systems industries airlines motors holdings partners services "
    "international institute foundation association union campaign group company bank board team police army "
    "government administration republicans democrats conservatives liberals labour tories officials reuters bbc cnn "
    "nbc abc cbs fox pbs npr msnbc bloomberg kremlin pentagon nato un u.n eu us u.s uk russia china america britain "
    "france germany iran iraq israel syria turkey ukraine india japan korea mexico canada washington moscow beijing "
    "london brussels paris berlin europe states nations poll polls survey report study inc corp ltd llc twitter "
    "facebook google it this that these those there here critics supporters voters americans russians people many "
    "some others monday tuesday wednesday thursday friday saturday sunday i you we they he she who"
)
"""Words of names that are no person's."""
ASKING = _words("ask asks asked asking wonder wonders wondered inquired question questions questioned questioning")
NO_SAYING = frozenset(
    form
    for verb in _words("attack challenge continue determine discover learn oppose prefer react realise realize respond")
    for form in (verb, *_forms(verb))
)
"""Forms that tell, outside quotations, what somebody does or finds rather than says."""
NOT_SAID = _words(
    "not never neither nor hardly barely scarcely rarely seldom allegedly reportedly supposedly purportedly will would "
    "can could may might must should shall cannot 'll 'd declined declines declining refused refuses refusing"
)
"""What in a cue tells that nothing was said: "did not say", "may say", "declined to"."""
NAMELESS = (
    PRONOUNS
    | DETERMINERS
    | PREPOSITIONS
    | SUBORDINATORS
    | ADVERBS
    | _words("others none us them him her me mine ours theirs hers")
)
"""Words that by themselves neither name nor describe anybody."""
TITLES = {"mr": "he", "sir": "he", "lord": "he", "mrs": "she", "ms": "she", "miss": "she", "dame": "she", "lady": "she"}
"""The pronoun that goes with a title."""
PLURALS = _words(
    "they we i you who which people and those some many others most few percent % police two three four five half "
    "both three-fourths two-thirds thirds"
)
"""Plurals that do not look it, and pronouns that "say" follows."""
