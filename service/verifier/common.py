"""Words that say little by themselves: that they are missing where a sentence is cited from tells next to nothing."""

from embeddings.attributions.words import VERBS as REPORTING
from embeddings.terms import FUNCTION_WORDS
from service.verifier.words import Word, stem

_COMMON = (
    "able about above access account achieve across act action active activity actually adapt add addition additional "
    "address adjust advance affect after again against age agree aim all allow almost along already although always "
    "amid among amount another any anyone anything appear approach appropriate area arise around as ask aspect assess "
    "assist associate at attempt attention available avoid aware away back base basis be become before begin behind "
    "being believe benefit best better between beyond both bring broad build but by call can capable capacity care "
    "carry case cause certain chance change characteristic choice choose circumstance claim clear close combination "
    "combine come commit common compare complete complex component concern condition conduct confirm connect consider "
    "consist constant contain context continue contribute control correct could couple course cover create critical "
    "crucial current currently cut deal decide decision deep degree demand demonstrate depend describe design despite "
    "detail determine develop development differ difference different difficult direct discuss display do down draw "
    "drive due during each earlier early easy effect effective effort either element else emerge emphasize enable "
    "encourage end engage enhance enough ensure entire equal especially essential establish even event ever every "
    "everyone everything evidence evolve exact example except exist expect experience explain explore express extend "
    "extent extra face facilitate fact factor fail fall far feature feel few final find first fit focus follow form "
    "former forward free frequent from full function further gain general generally get give go goal good great "
    "greater group grow guide hand handle happen hard have he head heavy help here high highlight hold home how "
    "however huge idea identify if image immediate impact implement important improve in include including increase "
    "indeed indicate individual influence inform information initial initially inside instance instead instruct "
    "intend interest involve issue it item its itself join just keep key kind know known lack large last late later "
    "latter lead learn least leave less let level like likely limit line link little live local long look lot low "
    "made main maintain major make manage manner many matter may mean meanwhile measure meet member mention might "
    "minor moment more most move much multiple must name nature near nearly necessary need never new next nor normal "
    "not note nothing now number occur of off offer often on once one only open operate opportunity option or order "
    "other others otherwise out outcome outside over overall own part particular particularly party pass past people "
    "perform perhaps period person place plan play point popular position positive possible possibly post potential "
    "potentially power practice prepare present prevent previous previously primary prior probably problem proceed "
    "process produce program project promote proper protect prove provide public publish purpose pursue put question "
    "quick quickly quite raise range rather reach real really reason receive recent recently recognize record reduce "
    "refer reflect regard regarding region regular relate relationship relative release relevant remain remove "
    "replace report represent require research resource respect respective respond response responsible rest result "
    "return reveal review right rise risk role run same say scene second see seek seem select send series serve "
    "service set several share short should show side sign significant significantly similar simple simply since "
    "single situation size small so some someone something sometimes soon sort source speak specific specifically "
    "spend stage stand standard start state statement stay step still stop story strategy strong structure struggle "
    "style subject success successful such suffer suggest summary support sure surround system take talk target team "
    "tell tend term than thank that the their them then there therefore these they thing think this those though "
    "through throughout thus time to today together too tool top total touch toward towards try turn type typical "
    "ultimately under understand unique until up upon use used useful user usual usually utilize value variety "
    "various vary very via view visit wait want watch way well what whatever when where whether which while who whole "
    "whom whose why wide will wish with within without word work world worth would write year yet yield you your"
)
_STEMS = FUNCTION_WORDS | frozenset(map(stem, _COMMON.split()))


def is_common(word: Word) -> bool:
    """Tell whether a word is one of these; one that reports what is said is as good as another."""
    return word.stem in _STEMS or word.lower in REPORTING
