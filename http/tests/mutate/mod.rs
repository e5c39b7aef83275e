//! Seeded mutations of texts: the same run every time, on every machine.

/// A small generator of numbers (SplitMix64); its quality is enough to choose mutations.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

/// Pieces that mean something to the parser, and bytes that mean trouble to any parser.
const TOKENS: [&str; 66] = [
    "###",
    "### X-1: a\n",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    " ",
    "\t",
    "\u{b}",
    "\u{a0}",
    "\u{feff}",
    "\0",
    "é",
    "𝄞",
    "#",
    "# ",
    "# @",
    "//",
    "# @name a\n",
    "# @field a: string\n",
    "# @response 200 A\n",
    "# { \"a\": [1",
    "# }\n",
    "# < ./a.json\n",
    "# Expected: 409 x\n",
    "@",
    "@a = b\n",
    "{{",
    "}}",
    "{{a.response.body.$.id}}",
    "{%",
    "%}",
    "> {%\n",
    "< {% a %}\n",
    ">> a\n",
    "<> a\n",
    "?? a\n",
    "?a=b",
    "&",
    "HTTP/1.1",
    " HTTP/1.1 200 OK",
    "HTTP/1.1 200 OK\n",
    "GET ",
    "get ",
    "POST http://a\n",
    "\nGET /a\n",
    "a: b\n",
    ":",
    "content-type: multipart/form-data\n",
    "Content-Type: application/x-www-form-urlencoded\n",
    "&b=c\n",
    "< ./a.json\n",
    "import a\n",
    "map<",
    ">",
    "[]",
    "(1..2)",
    "(/a/)",
    "..",
    " - ",
    "=",
    "\"",
    "\\",
    "|",
    "null",
    "99999999999999999999",
];

/// One to four mutations of one of the texts; long texts are cut first, so that a run stays short.
pub fn mutate(seeds: &[String], random: &mut Random) -> String {
    let mut text = window(&seeds[random.below(seeds.len())], random);
    for _ in 0..=random.below(4) {
        mutate_once(&mut text, seeds, random);
    }
    text
}

fn mutate_once(text: &mut String, seeds: &[String], random: &mut Random) {
    let at = place(text, random);
    match random.below(6) {
        0 => text.insert_str(at, random.pick(&TOKENS)),
        1 => {
            let end = boundary(text, at + random.below(40));
            text.replace_range(at..end, "");
        }
        2 => {
            let end = boundary(text, at + random.below(80));
            let copy = text[at..end].to_owned();
            let to = place(text, random);
            text.insert_str(to, &copy);
        }
        3 => {
            let other = window(&seeds[random.below(seeds.len())], random);
            let end = boundary(&other, random.below(120));
            text.insert_str(at, &other[..end]);
        }
        4 => {
            let end = boundary(text, at + 1);
            text.replace_range(at..end, random.pick(&TOKENS));
        }
        _ => text.truncate(at),
    }
}

/// At most 600 bytes of a text.
fn window(text: &str, random: &mut Random) -> String {
    let start = if text.len() > 600 { boundary(text, random.below(text.len() - 300)) } else { 0 };
    text[start..boundary(text, start + 600)].to_owned()
}

fn place(text: &str, random: &mut Random) -> usize {
    boundary(text, random.below(text.len() + 1))
}

fn boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}
