"""Prompts for each rule of the language: {rule: [text, ...]}. The rules are those of the reference's own documentation
and source: modules/prompt_parser.py and modules/extra_networks.py of AUTOMATIC1111's web UI 1.10, by function."""

WEIGHTS = {
    "docstring": [
        "normal text", "an (important) word", "(unbalanced", r"\(literal\]", "(unnecessary)(parens)",
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
    ],
    "(a) is 1.1": ["(a)", "a (b) c", "(a b, c)", "a(b)c", "(a)(b)", "(a) (b)"],
    "[a] is 1/1.1": ["[a]", "a [b] c", "[a][b]", "[[a]]", "[[[a]]]"],
    "nesting multiplies": ["((a))", "(((a)))", "((a)b)", "([a])", "[(a)]", "((a) (b))", "(a (b (c) d) e)", "((a:1.2) b:1.5)"],
    "(a:w) is w": [
        "(a:1.3)", "(a:0.5)", "(a:2)", "(a:.5)", "(a:1.)", "(a:-1)", "(a:+1.2)", "(a:0)", "a (b:1.2) c", "(a, b:1.4)",
        "(a : 1.3)", "(a:1.3 )", "(a: 1.3 )", "(a:\t1.3\n)", "((a:1.3))", "([a:1.3])", "(a:1.3)(b:1.3)", "(a:1.2)(b:1.3)",
    ],
    "a colon without a number and its bracket is text": [
        "a:1.3", "(a:b)", "(a:1.3", "(a:1.3 b)", "a: b", "a::b", "(a:)", ":", "(a:1,3)", "[a:1.3]", "(a:1.3]", "(a:1e3)",
    ],
    "a weight without an open bracket is text": ["a:1.3)", ":1.3)", "a) :2) b"],
    "closers without an opener are text": [")", "]", "a) b", "a] b", "(a))", "[a]]", "a)b]c"],
    "openers without a closer weigh to the end": ["(a", "[a", "((a", "a (b [c", "(a b) (c", "(", "[", "(a (b)"],
    "round and square brackets may cross": ["(a [b) c]", "[a (b] c)", "([a)]"],
    "a backslash keeps brackets and itself": [
        r"\(", r"\)", r"\[", r"\]", "\\\\", r"\(a\)", r"(a\))", r"(\(a\):1.5)", r"a \\(b)", r"\[a\]",
    ],
    "any other backslash goes": ["\\", r"a\b", r"\:", r"(a\:1.3)", r"a\ b", "a\\"],
    "BREAK": [
        "BREAK", "a BREAK b", "a BREAK", "BREAK b", "aBREAK b", "BREAKs", "a_BREAK", "a,BREAK,b", "a  BREAK\n b", "break",
        "a BREAK BREAK b", "(a) BREAK (b)", "\u00e9BREAK", "a:BREAK:b",
    ],
    "BREAK in brackets is a word, as they change its mark": ["(a BREAK b)", "(a BREAK b:1.3)", "[BREAK]", "(BREAK:1.0)"],
    "neighbours of one weight are one": ["(a)(b)[c]", "()", "(a)()(b)", "a()b", "(:1.3)", "", "(1.1)[x](1.1)"],
    "white space and other scripts": [" ", " a ", "(\u65e5\u672c:1.2)", "(a:\u00a01.3)", "(\U0001f642)", "\n(a)\n"],
}

SCHEDULE = {
    "docstring": [
        "test", "a [b:3]", "a [b: 3]", "a [[[b]]:2]", "[(a:2):3]", "a [b : c : 1] d", "a[b:[c:d:2]:1]e", "a [unbalanced",
        "a [b:.5] c", "((a][:b:c [d:3]", "[a|(b:1.1)]", "[fe|]male", "[fe|||]male",
    ],
    "[from:to:when], a fraction with a point": [
        "[a:b:0.5]", "[a:b:0.25]", "[a:b:.9]", "[a:b:1.0]", "[a:b:0.0]", "[a:b:0.05]", "[a:b:2.5]", "[a:b:1.]", "x [a:b:0.5] y",
    ],
    "[from:to:when], a step without one": ["[a:b:1]", "[a:b:5]", "[a:b:10]", "[a:b:12]", "[a:b:0]", "[a:b:-3]", "[a:b:1e1]"],
    "[to:when]": ["[b:0.5]", "[b:4]", "a[ b:4]", "[:4]", "[ :0.5]"],
    "[from::when]": ["[a::0.5]", "[a::8]", "x[ a::0.6]", "[::0.5]"],
    "white space around the number": ["[a:b: 0.5]", "[a:b:0.5 ]", "[a:b:\n0.5\t]", "[a :b:0.5]"],
    "nesting": [
        "[a:[b:c:0.8]:0.4]", "[[a:b:0.2]:c:0.6]", "[(a):(b:1.2):0.5]", "([a:b:0.5])", "([a:b:0.5]:1.3)", "[[a:b:0.5]]",
        "[a|[b:c:0.5]]", "[[a|b]:c:0.5]", "([a|b]:1.2)", "[a:b:0.3][c:d:0.6]",
    ],
    "[a|b] alternates": ["[a|b]", "[a|b|c]", "x [a|b] y", "[|a]", "[a||b]", "[|]", "[(a:1.2)|b] c", "[a|b][c|d|e]"],
    "anything else in brackets stays": [
        "[a]", "(a)", "(a:1.3)", "[a:b]", "[a:b:c]", "[a:b:0.5:c]", "[a:b:x0.5]", "[a:b:0.5x]", "(a:b:0.5)", "[a:b:]", "[a:]",
    ],
    "brackets without a partner stay": ["a] b", "[a:b:0.5", "a:b:0.5]", "([a:b:0.5]", "[a:b:0.5])", "[[a:b:0.5]", "[a (b:0.5]", "a: b"],
    "a bar outside square brackets leaves the text as it is": ["a|b", "a|b [c:d:0.5]", "(a|b)", "[a|b", "[a|b:0.5]", "[a:b|c:0.5]"],
    "backslashes": [r"\[a:b:0.5\]", r"[a\:b:c:0.5]", r"[a\|b|c]", r"a \| [b:c:0.5]", "[a:b:0.5]\\", "[a:b:0.5] \\\n", r"[\(:\):0.5]"],
}

COMPOSITION = {
    "AND": ["a AND b", "a AND b AND c", "aAND b", "a ANDb", "a and b AND c", "a\nAND\nb", "a_AND b AND c", "(a AND b)", "AND", "a AND"],
    "weights": [
        "a :1.2 AND b", "a AND b:0.5", "a:1 AND b:-1", "a :2. AND b : .5", "a: 1.5 AND b", "a :+2 AND b", "a:b AND c",
        "a AND b :1.2 ", "a:1:2 AND b", "a (b:1.2) AND c", "a :1e2 AND b", "[a:b:0.5] AND c :0.7", "a\n:2 AND b\n",
    ],
}

TAGS = {
    "<lora:name>": ["<lora:a>", "x <lora:a> y", "<lora:a><lora:b>", "<lora:a b/c.d>", "<lyco:a>"],
    "<lora:name:weight>": ["<lora:a:0.8>", "<lora:a:1>", "<lora:a:-0.5>", "<lora:a:.5> x", "x, <lora:a:0.8>, <lora:b:1.2>"],
    "<lora:name:te:unet>": ["<lora:a:0.8:0.6>", "<lora:a:te=0.5>", "<lora:a:unet=0.5>", "<lora:a:te=0.5:unet=0.25>", "<lora:a:0.8:unet=0.3>", "<lora:a:0.8:te=0.3>"],
    "anything else is text": ["<a>", "a < b", "<:a>", "<lora:>", "<lora", "<lora:a", "a > b", "<>", "<lora >", "<- a:b ->", "<<lora:a>"],
}
