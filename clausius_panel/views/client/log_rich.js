// Files that are more than lines: tables, Markdown, images, JSON, records. Only elements of known names, only text nodes.

const RICH_TAGS = new Set(["a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"])

function richNode(node) {
  if (typeof node === "string") return node
  const [tag, link, children] = node
  const made = h(RICH_TAGS.has(tag) ? tag : "p", {}, ...children.map(richNode))
  if (tag === "a" && /^https?:\/\//.test(link)) Object.assign(made, {href: link, target: "_blank", rel: "noopener noreferrer"})
  return made
}

// Colours for keys, texts and numbers of JSON with indents.
function jsonNodes(text) {
  const parts = [], pattern = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
  let from = 0
  for (const match of text.length > 200000 ? [] : text.matchAll(pattern)) {
    if (match.index > from) parts.push(text.slice(from, match.index))
    const kind = match[1] ? (match[2] ? "ink-blue" : "ink-green") : match[3] ? "ink-magenta" : "ink-cyan"
    parts.push(h("span", {class: kind, text: match[1] ?? match[0]}))
    if (match[2]) parts.push(match[2])
    from = match.index + match[0].length
  }
  parts.push(text.slice(from))
  return parts
}

function richTable(rows) {
  const [head, ...body] = rows
  return h("table", {class: "sheet"},
    h("thead", {}, h("tr", {}, h("th", {class: "at"}), ...head.map(cell => h("th", {text: cell, title: cell})))),
    h("tbody", {}, ...body.map((row, at) => h("tr", {}, h("td", {class: "at", text: grouped(at + 1)}), ...row.map(cell => h("td", {text: cell, title: cell}))))))
}

function buildRendered(found) {
  const note = found.note && h("p", {class: "muted", text: found.note})
  if (found.kind === "csv") return [note, richTable(found.rows)]
  if (found.kind === "markdown") return [note, h("article", {class: "prose"}, ...found.tree.map(richNode))]
  if (found.kind === "image") return [note, h("figure", {class: "picture"}, h("img", {src: found.url, alt: "The image in this file"}), h("figcaption", {class: "muted", text: found.size}))]
  if (found.kind === "packed") return [note, h("pre", {class: "json", text: found.text})]
  return [note, h("pre", {class: "json"}, ...jsonNodes(found.text))]
}

function buildRecords(records, tell, copy) {
  const chosen = records.chosen
  const rows = records.rows.map(row => {
    const isOpen = chosen?.at === row.at
    const head = h("button", {type: "button", class: `hit${row.bad ? " bad" : ""}`, "aria-expanded": String(isOpen), data: {focus: `r${row.at}`}, onclick: () => tell({act: "record", at: row.at})},
      h("span", {class: "at", text: row.number === null ? "" : grouped(row.number)}), h("span", {class: "cut", text: row.text}))
    return h("li", {}, head, isOpen && h("div", {class: "record"},
      iconButton("copy", "Copy the record", () => copy(chosen.text, "copied the record"), {class: "icon small"}), h("pre", {class: "json"}, ...jsonNodes(chosen.text))))
  })
  const turn = (text, where, isOff) => h("button", {type: "button", text, disabled: isOff, onclick: () => tell({act: "records", ...where})})
  return [h("ol", {class: "records"}, ...rows), h("p", {class: "turns"},
    turn("First", {start: 0}, records.start === 0), turn("Earlier", {before: records.start}, records.start === 0), turn("Later", {start: records.end}, !records.more))]
}
