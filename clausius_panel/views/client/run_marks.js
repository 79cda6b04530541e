// The marks of runs and projects: a ring of states, counts in words, a project's chip, names with their common start dimmed.

function svgNode(tag, attributes) {
  const node = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  return node
}

const inWords = families => families.map(item => `${grouped(item.tasks)} ${item.word}`).join(", ")

// how far a run is: each family has its part of the ring
function donut(families, size = 18) {
  const total = families.reduce((sum, item) => sum + item.tasks, 0), round = 2 * Math.PI * 6
  const ring = svgNode("svg", {viewBox: "0 0 16 16", class: "donut", width: size, height: size, role: "img", "aria-label": inWords(families) || "no jobs"})
  ring.append(svgNode("title", {}), svgNode("circle", {cx: 8, cy: 8, r: 6, class: "track"}))
  ring.firstChild.textContent = inWords(families)
  let begun = 0
  for (const item of families) {
    // a part too small to be seen is as good as none: each has its 4 % at least
    const part = Math.max(.04, item.tasks / total) * round
    ring.append(svgNode("circle", {cx: 8, cy: 8, r: 6, class: item.family, "stroke-dasharray": `${Math.min(part, round)} ${round}`, "stroke-dashoffset": -begun, transform: "rotate(-90 8 8)"}))
    begun += item.tasks / total * round
  }
  return ring
}

// a node that bears a project's colour
function own(colour, node) {
  node.style.setProperty("--own", colour)
  return node
}

function counts(families, most = 4) {
  const shown = families.slice(0, most), rest = families.length - shown.length
  return h("span", {class: `tally${families.length > 2 ? " tight" : ""}`, title: inWords(families)},
    ...shown.map(item => h("span", {class: `count-word ${item.family}`}, icon(item.family), h("b", {text: grouped(item.tasks)}), h("span", {class: "word", text: item.word}))),
    rest > 0 && h("span", {class: "muted", text: `+${rest}`}))
}

function projectChip(project) {
  return own(project.colour, h("a", {class: "project", href: project.href, title: `project ${project.name}${project.campaign ? `, campaign ${project.campaign}` : ""}`, tabIndex: -1},
    project.emoji && h("span", {"aria-hidden": "true", text: project.emoji}), h("span", {class: "cut", text: project.name})))
}

// the last letters tell runs and jobs apart: they are never cut off
function dimmed(name, dim) {
  const start = name.slice(0, dim), rest = name.slice(dim), tail = rest.length > 18 ? rest.slice(-8) : ""
  return [start && h("span", {class: "same cut", text: start}), h("span", {class: "cut", text: rest.slice(0, rest.length - tail.length)}), tail && h("span", {class: "tail", text: tail})]
}
