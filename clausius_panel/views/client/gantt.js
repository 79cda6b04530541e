// The course of a run: one line per attempt of a job, pale while it waited and solid while it ran.

function makeGantt(page) {
  const node = h("div", {class: "gantt"})
  let bars = [], all = false
  const MOST = 60

  const STEPS = [10, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 2592000]
  const at = (time, from, span) => `${Math.max(0, Math.min(100, 100 * (time - from) / span))}%`
  const rect = (attributes, tip) => { const one = svgNode("rect", attributes), title = svgNode("title", {}); title.textContent = tip; one.append(title); return one }

  function label(time, span) {
    const when = new Date(time * 1000)
    if (span <= 210) return when.toLocaleTimeString([], {hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false})
    return span > 3 * 86400 ? when.toLocaleDateString([], {month: "short", day: "numeric"}) : when.toLocaleString([], span > 86400 ? {weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false} : {hour: "2-digit", minute: "2-digit", hour12: false})
  }

  function axis(from, to) {
    const span = to - from, step = STEPS.find(one => span / one <= 7) ?? STEPS.at(-1), zone = new Date(from * 1000).getTimezoneOffset() * 60
    const marks = []
    for (let time = Math.ceil((from - zone) / step) * step + zone; time < to; time += step) marks.push(time)
    return marks
  }

  function words(bar) {
    const waited = bar.submitted === null ? "" : `waited ${duration((bar.started ?? bar.ended ?? clock.now()) - bar.submitted)}`
    const ran = bar.started === null ? (bar.ended === null ? "has not started yet" : "never started") : `${bar.ended === null ? "has been running for" : "ran"} ${duration((bar.ended ?? clock.now()) - bar.started)}`
    return `${bar.name} (${bar.id}${bar.attempt > 1 ? `, attempt ${bar.attempt}` : ""}): ${bar.word}\n${[waited, ran].filter(Boolean).join(", ")}`
  }

  function line(bar, marks, from, to) {
    const span = to - from, svg = svgNode("svg", {role: "img", "aria-label": words(bar)}), end = bar.ended ?? to, begun = bar.started ?? end
    for (const mark of marks) svg.append(svgNode("line", {x1: at(mark, from, span), x2: at(mark, from, span), y1: 0, y2: 22}))
    const width = (one, other) => `${Math.max(.25, 100 * (other - one) / span)}%`
    if (bar.submitted !== null && begun > bar.submitted) svg.append(rect({class: "wait", x: at(bar.submitted, from, span), width: width(bar.submitted, begun), y: 7.5, height: 7}, words(bar)))
    if (bar.started !== null) svg.append(rect({class: `ran ${bar.family}`, x: at(bar.started, from, span), width: width(bar.started, end), y: 5, height: 12}, words(bar)))
    return [h("a", {href: bar.href, title: words(bar)}, ...dimmed(bar.name, 0)), svg]
  }

  function draw(next = bars) {
    bars = next
    const times = bars.flatMap(bar => [bar.submitted, bar.started, bar.ended]).filter(time => time !== null)
    if (!times.length) return redraw(node, null, () => h("p", {class: "muted", text: "Nothing is known of its times."}))
    const isLive = bars.some(bar => bar.ended === null), from = Math.min(...times), to = Math.max(isLive ? clock.now() : 0, ...times, from + 60)
    const marks = axis(from, to), ticks = svgNode("svg", {class: "ticks", "aria-hidden": "true"})
    for (const mark of marks) { const text = svgNode("text", {x: at(mark, from, to - from), y: 12, "text-anchor": "middle"}); text.textContent = label(mark, to - from); ticks.append(text) }
    const shown = all ? bars : bars.slice(0, MOST)
    redraw(node, [bars, from, to, all], () => [h("span"), ticks, ...shown.flatMap(bar => line(bar, marks, from, to)),
      shown.length < bars.length && h("button", {type: "button", class: "link", text: `Show all ${grouped(bars.length)}`, onclick: () => { all = true; draw() }})])
  }

  return {node, draw, get isLive() { return bars.some(bar => bar.ended === null) }}
}
