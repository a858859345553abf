import { test } from "node:test";
import assert from "node:assert/strict";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { closeFence, GrowingText, Markdown, safeAddress, splitBlocks, spoken } from "../.test/markdown.mjs";

const WORDS = { copy: "Copy", copied: "Copied", text: "text", table: "table", done: "done", open: "open", picture: "picture", showPicture: "Open" };
const html = (text, isStreaming = false) => renderToStaticMarkup(createElement(Markdown, { text, isStreaming, words: WORDS }));
const TEXTS = [
  "# H\n\npara one\nmore\n\n1. a\n\n2. b\n   - c\n\n     deep\n3. d\n\nafter\n\n```js\nconst a = 1;\n\nconst b = 2;\n```\n\ndone\n",
  "- x\n  ```bash\n  ls\n\n  pwd\n  ```\n- y\n\n> q1\n>\n> ```py\n> a\n>\n> b\n> ```\n\nSetext\n======\n\n| a | b |\n| - | -: |\n| 1 | 2 |\n\ntext\n---\n\n~~~\ntilde\n\n```\n~~~\n\nend",
  "1. one\n2. two\n\n   ```python\n   def f():\n\n       return 1\n   ```\n\n3. three\n\n<div>\n\n*hi*\n\n</div>\n\n    indented code\n\n    more\n\nlast",
  "中文段落。\n\n- 第一\n- 第二\n\n```\n代码\n\n```\n尾",
  "So $a_1 b_2$ holds:\n\n$$\nx^2_1\n$$\n\nand \\(y\\), \\[z\\].\n\nIt is $5 or $6.\n",
];

test("every beginning of a text is cut into blocks that join to it, and as the whole would be", () => {
  for (const text of TEXTS) {
    const growing = new GrowingText();
    for (let end = 1; end <= text.length; end++) {
      const part = text.slice(0, end);
      const blocks = growing.push(part);
      assert.equal(blocks.join(""), part);
      assert.deepEqual(blocks, splitBlocks(part), JSON.stringify(part.slice(-30)));
    }
  }
});

test("an open fence is code at every beginning", () => {
  const code = "```python\nfrom a import b\n\n@dat\nclass X: pass";
  for (let end = 10; end <= code.length; end++) assert.match(html(code.slice(0, end), true), /<figure class="md-code">/);
  const inList = "1. do\n   ```bash\n   ls -la\n\n   pwd";
  for (let end = 15; end <= inList.length; end++) assert.match(html(inList.slice(0, end), true), /<figure class="md-code">/);
  assert.equal(closeFence("a ``` b"), "a ``` b");
});

test("a long paragraph is whole, whatever it is made of", () => {
  for (const text of ["word ".repeat(2_000).trim(), "字".repeat(5_000), `${"😀".repeat(1_500)} end`, `${"a".repeat(1_250)}\n${"b".repeat(700)}`]) {
    assert.equal(html(text), `<div class="md"><div class="md-run"><p>${text}</p></div></div>`);
  }
});

test("numbers of sources can be pressed where there are such, and stay text elsewhere", () => {
  const citations = { count: 3, label: (n) => `Source ${n}`, open: () => undefined };
  const cited = (text) => renderToStaticMarkup(createElement(Markdown, { text, words: WORDS, citations }));
  assert.match(cited("So [1]."), /So <button type="button" class="md-cite" aria-label="Source 1">1<span class="hint" title="Source 1" aria-hidden="true"><\/span><\/button>\./);
  assert.equal(cited("- [1][2]\n- **[2, 3]** 【1】").match(/<button/g).length, 5);
  for (const text of ["[4] [0] [1, 9]", "`[1]`", "```\n[1]\n```", "a[12]b", "[1](https://a.b)"]) assert.doesNotMatch(cited(text), /md-cite/, text);
  assert.doesNotMatch(html("So [1]."), /md-cite/);
});

test("hostile text is inert", () => {
  const hostile = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "[x](JaVaScRiPt&#58;alert(1))",
    "[x](data:text/html,x)", "![x](https://e.example/?q=secret)", "[x](\tjava\nscript:alert(1))", "<a href='javascript:1'>",
    "[x](vbscript:1)", "`<b>`", "[a]: javascript:1\n\n[a]", "$\\href{javascript:1}{x}$",
  ];
  for (const text of hostile) {
    assert.doesNotMatch(html(text), /<script|<img|href="(?!https?:|mailto:)|onerror=(?!.*&gt;)/i, text);
  }
  assert.equal(safeAddress("javascript:1"), undefined);
  assert.equal(safeAddress("https://a.b/c?d=e&amp;f"), "https://a.b/c?d=e&f");
});

test("entities, code and emphasis are read once", () => {
  assert.match(
    html("a &lt; b &amp; c `x < y && z` **b** _i_ ~~d~~ \\* &#20013;"),
    /a &lt; b &amp; c <code>x &lt; y &amp;&amp; z<\/code> <strong>b<\/strong> <em>i<\/em> <del>d<\/del> \* 中/,
  );
});

test("a formula is kept from Markdown's marks, and a price is none", () => {
  assert.match(html("So $a_1 b_2$ and \\(c\\)."), /<code>a_1 b_2<\/code><\/span> and <span class="md-formula"><span><\/span><code>c<\/code>/);
  assert.match(html("$$\nx^2\n$$\n\nafter"), /md-formula-display"><span><\/span><code>x\^2<\/code>/);
  assert.doesNotMatch(html("It is $5 or $6, `$a$` is code.\n\n```\n$b$\n```"), /md-formula/);
});

const SPOKEN = { code: (lines) => `Code, ${lines} lines.` };
/** What is said of a text that comes a letter at a time, piece by piece. */
function heardOf(text) {
  const heard = [];
  let upTo = 0;
  for (let length = 1; length <= text.length; length++) {
    const next = spoken(text.slice(0, length), upTo, false, SPOKEN);
    upTo = next.upTo;
    if (next.said) heard.push(next.said);
  }
  const last = spoken(text, upTo, true, SPOKEN).said;
  return last ? [...heard, last] : heard;
}

test("a growing reply is said by its sentences, and each of them once", () => {
  assert.deepEqual(heardOf("Open **Settings**. Then wait 1.5 minutes! Is it `done`?"), ["Open Settings.", "Then wait 1.5 minutes!", "Is it done?"]);
  assert.deepEqual(heardOf("打开设置。然后等一分钟！好了吗？"), ["打开设置。", "然后等一分钟！", "好了吗？"]);
  assert.deepEqual(heardOf("No end"), ["No end"]);
  assert.deepEqual(heardOf(""), []);
});

test("marks are not said, and the number of a list ends no sentence", () => {
  assert.deepEqual(heardOf("# Steps\n\n1. Ask *me*\n- [ ] see [the page](https://example.org/a_b)\n> quoted"), ["Steps", "1. Ask me", "see the page", "quoted"]);
  assert.deepEqual(heardOf("| a | b |\n|---|--:|\n| one | 2 |\n"), ["a, b", "one, 2"]);
});

test("code is told by its length when it has ended, also where a fence stands within it or is never closed", () => {
  assert.deepEqual(heardOf("See:\n```py\na = 1. \nb = 2\n```\nDone.\n"), ["See:", "Code, 2 lines.", "Done."]);
  assert.deepEqual(heardOf("````\n```\nx\n```\n````\n"), ["Code, 3 lines."]);
  assert.deepEqual(heardOf("```\na\nb"), ["Code, 2 lines."]);
});
