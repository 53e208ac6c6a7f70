"""What the rule of assigned secrets offers for judgement: each value its pattern takes, with its place."""
import re
import tomllib

BACK, ON = 512, 2048


class Rule:
    """The pattern and the trigger words of a text rule."""

    def __init__(self, path):
        with open(path, "rb") as file:
            rule = tomllib.load(file)
        self.id, text = rule["id"], rule["match"]["text"]
        pattern = text["pattern"].replace("(?i-u:", "(?i:").replace("(?<secret>", "(?P<secret>")
        self.pattern = re.compile(pattern.encode())
        words = sorted({word.lower() for word in text["keywords"]})
        self.words = re.compile(b"(?=" + b"|".join(re.escape(word.encode()) for word in words) + b")")
        self.lines = text.get("lines", 0)

    def candidates(self, data):
        """Yields (start, end, start of the match) of each value in a file."""
        lower = data.lower()
        searched = 0
        last = -1
        for place in self.words.finditer(lower):
            place = place.start()
            end = place
            for _ in range(self.lines + 1):
                end = data.find(b"\n", end) + 1 or len(data)
            end = min(end, place + ON + 160 * self.lines)
            for start in word_starts(data, place):
                if start < searched or start <= last:
                    continue
                last = start
                for match in self.pattern.finditer(data[start:end]):
                    searched = start + match.end()
                    first, stop = match.span("secret")
                    yield start + first, start + stop, start + match.start()


WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$")


def word_starts(data, place):
    """The start of the word before the one that a trigger stands in, if only blanks part them, and of that one."""

    def start_of(end):
        at = end
        while at > 0 and data[at - 1] in WORD:
            at -= 1
        return at

    start = blank = start_of(place)
    while blank > 0 and data[blank - 1] in b" \t":
        blank -= 1
    before = start_of(blank) if blank < start else blank
    return [before, start] if before < blank else [start]


def place_of(data, start, end, first):
    """(text before on the line, value, text after on the line, text above from the line of the match on)."""
    line = max(data.rfind(b"\n", 0, start) + 1, start - BACK)
    stop = data.find(b"\n", end)
    stop = min(len(data) if stop < 0 else stop, end + BACK)
    above = data.rfind(b"\n", 0, first) + 1
    above = min(max(above, start - BACK), line)
    return data[line:start], data[start:end], data[end:stop].rstrip(b"\r"), data[above:line]
