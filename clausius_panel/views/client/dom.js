// Small tools of every client script: elements, icons, and times in words. Text from clusters only ever becomes
// textContent or a title, never markup.

const SVG = "http://www.w3.org/2000/svg"

const ICONS = {
  running: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z",
  pending: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM7.4 5.4h1.2V8l1.6 1-.6 1-2.2-1.4z",
  failed: "M4.3 3.2 8 6.9l3.7-3.7 1.1 1.1L9.1 8l3.7 3.7-1.1 1.1L8 9.1l-3.7 3.7-1.1-1.1L6.9 8 3.2 4.3z",
  completed: "M13 4.4 6.4 11 3 7.6l1-1 2.4 2.3L12 3.4z",
  cancelled: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 4c.8 0 1.6.3 2.2.7L4.7 10.2A4 4 0 0 1 8 4zm0 8c-.8 0-1.6-.3-2.2-.7l5.5-5.5A4 4 0 0 1 8 12z",
  transition: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 4v8a4 4 0 0 1 0-8z",
  held: "M4.5 3.5h2.4v9H4.5zm4.6 0h2.4v9H9.1z",
  unknown: "M5.3 6c0-1.7 1.2-2.7 2.8-2.7s2.7 1 2.7 2.4c0 1.9-2 2-2 3.6H7.4c0-2.2 1.9-2.4 1.9-3.5 0-.700-.500-1.1-1.2-1.1-.800 0-1.3.500-1.3 1.3zM7.3 10.6h1.6v1.7H7.3z",
  refresh: "M13 3v4H9l1.5-1.5A3.8 3.8 0 1 0 11.6 9.5l1.4.6A5.3 5.3 0 1 1 11.6 4.4z",
  columns: "M2.5 3.5h11v9h-11zm1.3 1.3v6.4h2V4.8zm3.3 0v6.4h1.8V4.8zm3.1 0v6.4h2V4.8z",
  search: "M7 2.8a4.2 4.2 0 1 0 2.5 7.6l2.9 2.9 1-1-2.9-2.9A4.2 4.2 0 0 0 7 2.8zM7 4.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6z",
  close: "M4.3 3.2 8 6.9l3.7-3.7 1.1 1.1L9.1 8l3.7 3.7-1.1 1.1L8 9.1l-3.7 3.7-1.1-1.1L6.9 8 3.2 4.3z",
  down: "M4 6h8l-4 4.5z",
  up: "M4 10h8L8 5.5z",
  left: "M10.3 3.7 6 8l4.3 4.3-1 1L4 8l5.3-5.3z",
  right: "m5.7 3.7 1-1L12 8l-5.3 5.3-1-1L10 8z",
  copy: "M5.5 2.5h8v8h-2v3h-9v-8h3zm1.3 1.3v1.7h4.7v3.7h.7V3.8zm-3 3v5.4h6.4V6.8z",
  more: "M3.5 6.7a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6zm4.5 0a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6zm4.5 0a1.3 1.3 0 1 0 0 2.6 1.3 1.3 0 0 0 0-2.6z",
  pin: "M5.5 2.500h5v1.200l-.800.800v3l2 2v1.200H8.700v3.500L8 15l-.700-.800v-3.500H4.300V9.500l2-2v-3l-.800-.800z",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM7.3 1.5h1.4v2H7.3zm0 11h1.4v2H7.3zM1.5 7.3h2v1.4h-2zm11 0h2v1.4h-2zM3 4l1-1 1.4 1.4-1 1zm7.6 7.6 1-1L13 12l-1 1zM12 3l1 1-1.4 1.4-1-1zM4.4 10.6l1 1L4 13l-1-1z",
  moon: "M6.2 2.3a5.8 5.8 0 1 0 7.5 7.5A5.3 5.3 0 0 1 6.2 2.3z",
  star: "m8 1.800 1.900 3.900 4.300.600-3.100 3 .700 4.300L8 11.600l-3.800 2 .700-4.300-3.100-3 4.300-.600z",
  pin: "M5.500 2h5v1.300l-1 .500.500 3.200 1.700 1.500V10H8.700v4h-1.400v-4H4.300V8.500L6 7l.500-3.200-1-.500z",
  note: "M3 2.500h10v7.500l-3.500 3.500H3zm1.400 1.400v8.200h4.200V9.200h3V3.900z",
  log: "M2.500 3h11v1.400h-11zm0 2.900h7v1.400h-7zm0 2.900h11v1.400h-11zm0 2.900h7v1.400h-7z",
  branch: "M4 3h1.400v6.300h4.800L8.600 7.700l1-1 3.400 3.300-3.400 3.400-1-1 1.600-1.700H4z",
  more: "M3.500 6.800a1.200 1.200 0 1 0 0 2.400 1.200 1.200 0 0 0 0-2.400zm4.500 0a1.200 1.200 0 1 0 0 2.400 1.200 1.200 0 0 0 0-2.400zm4.500 0a1.200 1.200 0 1 0 0 2.400 1.200 1.200 0 0 0 0-2.400z",
  jump: "M3 2.500h1.400v6.800h6.100L8.200 7l1-1L13.200 10l-4 4-1-1 2.300-2.300H3z",
  screen: "M2 3h12v8.5H9v1.2h2V14H5v-1.3h2v-1.2H2zm1.4 1.4v5.7h9.2V4.4z",
}

function h(tag, props = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue
    if (name === "text") node.textContent = value
    else if (name === "class") node.className = value
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else if (name === "style" || name === "data") Object.assign(name === "data" ? node.dataset : node.style, value)
    else if (name in node && name !== "list" && name !== "form") node[name] = value
    else node.setAttribute(name, value === true ? "" : value)
  }
  node.append(...children.filter(child => child !== null && child !== undefined && child !== false))
  return node
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path")
  svg.setAttribute("viewBox", "0 0 16 16")
  svg.setAttribute("aria-hidden", "true")
  path.setAttribute("d", ICONS[name])
  svg.append(path)
  return svg
}

function iconButton(name, label, onclick, props = {}) {
  return h("button", {type: "button", class: "icon", title: label, "aria-label": label, onclick, ...props}, icon(name))
}

function chip(state) {
  return h("span", {class: `chip ${state.family}`, title: state.tip}, icon(state.family), h("span", {text: state.text}))
}

// A line of text for the eye, as `printable` of model/printable.py: what breaks or turns a line is shown by a sign.
function visible(text) {
  return text.replace(/[\x00-\x1f]/g, odd => String.fromCharCode(0x2400 + odd.charCodeAt(0))).replace(/\x7f/g, "\u2421").replace(/[\u2028\u2029]/g, "\u2424").replace(/[\x80-\x9f\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
}

// What stands out in how a job uses its resources; the drawer and the job's page tell it alike.
const LEVELS = {warning: ["failed", "failed", "Look at this"], note: ["held", "transition", "Could be better"], good: ["completed", "completed", "Well"]}

function verdictList(items) {
  return h("ul", {class: "verdicts"}, ...items.map(item => {
    const [family, sign, tip] = LEVELS[item.level]
    return h("li", {class: item.level, title: tip}, h("span", {class: `dot ${family}`}, icon(sign)), h("span", {text: item.text}))
  }))
}

// Pages of experiment trackers. Who wrote the log chose their addresses: only http is ever a link, and its host is told.
function trackerLinks({links, more}) {
  const plain = links.filter(each => /^https?:\/\//i.test(each.url))
  return [...plain.map(each => h("a", {href: each.url, target: "_blank", rel: "noopener noreferrer", title: each.url, data: {focus: each.url}},
    h("b", {text: each.tracker}), h("span", {class: "cut run", text: each.run}), each.host !== each.run && h("span", {class: "cut host", text: each.host}))), more && h("span", {class: "muted", text: more})]
}

// Rebuild a part only when what it shows has changed, and leave the keyboard where it was. A button that is being
// pressed stays until it is let go, else the click is lost, and a field in which somebody types until they are done.
function redraw(host, what, build) {
  clearTimeout(host.waiting)
  const sign = JSON.stringify(what)
  if (host.shownSign === sign) return false
  const active = host.getRootNode().activeElement, held = active && host.contains(active) ? active : null
  if (host.matches(":active") || held?.isTyped) {
    host.waiting = setTimeout(() => redraw(host, what, build), 50)
    return false
  }
  host.shownSign = sign
  host.replaceChildren(...[build(what)].flat().filter(Boolean))
  if (held?.dataset.focus) host.querySelector(`[data-focus="${CSS.escape(held.dataset.focus)}"]`)?.focus()
  return true
}

// For `oninput` and `onchange` of a field of which only the whole text means something.
const typing = event => { event.target.isTyped = event.type === "input" }

// The server's clock: ages are told by it, whatever the clock of this computer says.
const clock = {ahead: 0, set(now) { this.ahead = now - Date.now() / 1000 }, now() { return Date.now() / 1000 + this.ahead }}

// As format_span and format_ago of model/durations.py, so that every face tells the same age.
function span(seconds) {
  const s = Math.max(0, Math.floor(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min`
  if (s < 86400) return `${Math.floor(s / 3600)} h`
  return `${Math.floor(s / 86400)} d`
}

function ago(at) {
  const age = clock.now() - at
  if (age <= -60) return `in ${span(-age)}`
  return age < 1 ? "now" : `${span(age)} ago`
}

const grouped = number => number.toLocaleString("en")

// Messages are numbered, and the server tells which it has heard and answered: until then what was done here counts,
// whatever comes from before.
function makeLine(model) {
  let sent = Number(model.heard) || 0
  const own = new Map()  // name: what was chosen, and the number of the message that says so
  const isHeard = number => Number(model.heard) >= number
  const send = message => { sent += 1; model.send_msg({...message, n: sent}); return sent }
  const choose = (name, value, message) => { own.set(name, {value, number: send(message)}) }
  return {
    send, isHeard, choose, isBusy: () => !isHeard(sent),
    filter(values) { const number = send({kind: "filter", values}); for (const [name, value] of Object.entries(values)) own.set(name, {value, number}) },
    now(name, told) { const last = own.get(name); return last && !isHeard(last.number) ? last.value : told },
  }
}

// The address bar follows what is shown, except between Back or Forward and the answer.
function makeAddress(model, line) {
  let asked = 0
  function show() {
    if (!line.isHeard(asked)) return
    showAddress(JSON.parse(model.query || "null"), asked > 0)
    asked = 0
  }
  model.on("query", show)
  model.on("heard", show)
  window.clausiusBusy = line.isBusy  // for the app bar, whose links go by what the server said last
  return {show, go() { asked = line.send({kind: "query", query: location.search.slice(1)}) }}
}

// One entry of the browser's history for each choice, and one for all letters of a search.
function showAddress(query, replaces) {
  const url = location.pathname + (query ? `?${query}` : "")
  if (url === location.pathname + location.search) return
  const [before, now] = [location.search, query].map(text => new URLSearchParams(text))
  const isTyped = before.get("q") && now.get("q") && before.get("q") !== now.get("q")
  history[replaces || isTyped || saysSame(before, now) ? "replaceState" : "pushState"]({}, "", url)
}

const saysSame = (one, other) => [[one, other], [other, one]].every(([a, b]) => [...a].every(([key, value]) => b.getAll(key).includes(value)))

const pad = number => String(number).padStart(2, "0")

// As in Slurm, but readable: 4:58, 2:04:10, 1d 04:12.
function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds)), days = Math.floor(s / 86400)
  const hours = Math.floor(s / 3600) % 24, minutes = Math.floor(s / 60) % 60
  if (days) return `${days}d ${pad(hours)}:${pad(minutes)}`
  return hours ? `${hours}:${pad(minutes)}:${pad(s % 60)}` : `${minutes}:${pad(s % 60)}`
}

// A limit is a round number: 25m, 2h, 1h 30m, 1d, 1d 12h.
function limit(seconds) {
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24
  const minutes = Math.floor(seconds / 60) % 60
  const parts = [days && `${days}d`, hours && `${hours}h`, minutes && !days && `${minutes}m`].filter(Boolean)
  return parts.join(" ") || `${Math.round(seconds)}s`
}

function moment(at) {
  const when = new Date(at * 1000)
  const local = when.toLocaleString([], {dateStyle: "medium", timeStyle: "medium"})
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return `${local} (${zone})\n${when.toISOString().slice(0, 19).replace("T", " ")} UTC`
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = h("textarea", {value: text, style: {position: "fixed", opacity: 0}})
    document.body.append(area)
    area.select()
    const done = document.execCommand("copy")
    area.remove()
    return done
  }
}

// Whether a key press is meant for a field that takes text.
function isTyping(event) {
  const target = event.composedPath()[0]
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
    && !/^(checkbox|radio|button)$/.test(target.type))
}

function searchField(board, label) {
  let waiting = null
  const tell = () => { clearTimeout(waiting); if (waiting) board.filter({text: input.value}); waiting = null }
  const input = h("input", {
    type: "search", placeholder: label, "aria-label": "Search jobs", spellcheck: false, autocomplete: "off", onblur: tell,
    oninput: () => {
      clearTimeout(waiting)
      waiting = setTimeout(tell, 180)
    },
    onkeydown: event => {
      event.stopPropagation()
      if (event.key === "Escape") {
        if (input.value) { input.value = ""; input.dispatchEvent(new Event("input")) } else input.blur()
      } else if (event.key === "Enter") input.blur()
    },
  })
  const field = h("label", {class: "search"}, icon("search"), input, h("kbd", {text: "/"}))
  field.input = input
  field.show = text => { if (input.getRootNode().activeElement !== input) input.value = board.now("text", text) }
  return field
}
