// One card per cluster. A card is rebuilt when what it says has changed; ages are told anew by the tick.

function makeCards(board) {
  const host = h("section", {class: "cards", "aria-label": "Clusters"})
  const cards = new Map(), freshUntil = new Map()

  function status(card) {
    if (card.problem) return h("span", {class: "status bad", title: card.error}, icon("failed"), "down ", h("span", {data: {span: card.since ?? card.as_of ?? ""}}))
    if (card.as_of === null) return h("span", {class: "status"}, card.asking ? "asking …" : "not asked yet")
    return h("span", {class: "status", data: {fresh: card.as_of, limit: 2 * card.interval}}, icon("running"), h("span", {data: {ago: card.as_of}}))
  }

  function count(card, item) {
    const gpus = item.gpus ? `${grouped(item.gpus)} GPU${item.gpus === 1 ? "" : "s"}` : ""
    const what = `${grouped(item.jobs)} ${item.word} on ${card.name}${gpus ? `, ${gpus}` : ""}: show them`
    return h("button", {
      type: "button", class: `count ${item.family}${item.jobs ? "" : " none"}`, title: what, "aria-label": what,
      data: {focus: item.family},
      onclick: () => board.send({kind: "filter", values: {clusters: [card.name], states: [item.family]}}),
    }, h("b", {text: item.jobs ? grouped(item.jobs) : "–"}), h("span", {}, icon(item.family), item.word), h("small", {text: gpus}))
  }

  function meter(card) {
    if (!card.gpus) return null
    const used = Math.min(100, 100 * card.gpus_used / card.gpus)
    return h("div", {class: "meter", role: "img", "aria-label": `${grouped(card.gpus_used)} of ${grouped(card.gpus)} GPUs in use by these jobs`,
      title: `${grouped(card.gpus_used)} of ${grouped(card.gpus)} ${card.gpu_type} GPUs are in use by the jobs shown`.replace("  ", " ")},
      h("i", {style: {width: `${used}%`}}))
  }

  function facts(card) {
    const gpus = card.gpus && `${grouped(card.gpus_idle)} of ${grouped(card.gpus)} ${card.gpu_type} GPUs idle`.replace("  ", " ")
    const nodes = card.nodes && `${grouped(card.nodes_up)} of ${grouped(card.nodes)} nodes take jobs`
    const rate = card.rate && `${card.rate} commands/min`
    return h("p", {class: "facts"}, ...[gpus, nodes, rate].filter(Boolean).map(text => h("span", {text})))
  }

  function trouble(card) {
    if (!card.problem) return card.warning ? h("p", {class: "warning", title: card.warning, text: card.warning}) : null
    const works = card.as_of === null ? "Nothing is known of it yet. " : "Its jobs are shown as they were "
    return h("div", {class: "trouble"},
      h("p", {title: card.error}, h("b", {text: card.problem}), `: ${card.error}`),
      h("p", {class: "muted"}, works, card.as_of !== null && h("span", {data: {ago: card.as_of}}), card.as_of !== null && ". ",
        card.next !== null && h("span", {data: {next: card.next}})),
      h("button", {type: "button", text: card.asking ? "asking …" : "Try again", disabled: card.asking, data: {focus: "retry"},
        onclick: () => board.send({kind: "refresh"})}))
  }

  function build(card) {
    const about = [card.login, card.version, card.scope].filter(Boolean).join(" · ")
    return [
      h("header", {}, h("h2", {text: card.name, title: about}), h("span", {class: "muted cut", text: about, title: about}), status(card)),
      card.as_of !== null ? h("div", {class: "counts"}, ...card.counts.map(item => count(card, item)))
        : !card.problem && h("div", {class: "skeleton", "aria-label": "loading"}, h("i"), h("i"), h("i")),
      meter(card), card.problem ? null : facts(card), trouble(card),
    ]
  }

  function draw(fleet) {
    host.hidden = fleet.cards.length === 0
    for (const card of fleet.cards) {
      if (!cards.has(card.name)) cards.set(card.name, h("article", {class: "card", "aria-label": card.name}))
      const node = cards.get(card.name)
      node.classList.toggle("down", Boolean(card.problem))
      freshUntil.set(card.name, card.problem || card.as_of === null ? 0 : card.as_of + 2 * card.interval)
      redraw(node, card, build)
    }
    const names = fleet.cards.map(card => card.name)
    for (const [name, node] of cards) if (!names.includes(name)) { node.remove(); cards.delete(name) }
    names.forEach((name, i) => { if (host.children[i] !== cards.get(name)) host.insertBefore(cards.get(name), host.children[i] ?? null) })
    tick()
  }

  function tick() {
    tellTimes(host)
    for (const node of host.querySelectorAll("[data-fresh]")) {
      const old = clock.now() - node.dataset.fresh > node.dataset.limit
      node.classList.toggle("old", old)
      node.classList.toggle("good", !old)
      node.title = `${old ? "older than it should be; last answer" : "last answer"}: ${moment(Number(node.dataset.fresh))}`
    }
  }

  return {node: host, draw, tick, isOld: cluster => clock.now() > (freshUntil.get(cluster) ?? Infinity)}
}

// Fill in every age below a node; only text that differs is touched.
function tellTimes(host) {
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text }
  for (const node of host.querySelectorAll("[data-ago]")) {
    put(node, ago(Number(node.dataset.ago)))
    if (!node.title) node.title = moment(Number(node.dataset.ago))
  }
  for (const node of host.querySelectorAll("[data-span]")) put(node, node.dataset.span ? span(clock.now() - node.dataset.span) : "")
  for (const node of host.querySelectorAll("[data-next]")) {
    const left = node.dataset.next - clock.now()
    put(node, left > 0 ? `Next try in ${span(left)}.` : "")
  }
}
