// What can be done with a chart: hide a layer, choose by a click, and keep it as a picture or a table. In a notebook
// several views stand in one document: each hears of the charts whose ids begin with its own `scope`.

function makeChartFiles(board, scope) {
  function* views(root) {
    yield root
    for (const child of root.children ? root.children() : []) if (child?.model) yield* views(child)
  }

  function figure(id) {
    for (const root of Bokeh.index) for (const view of views(root)) if (view.model.type === "Figure" && view.model.name === id) return view
    return null
  }

  function png(view, id) {
    const drawn = view.export("png").canvas, canvas = h("canvas", {width: drawn.width, height: drawn.height}), pen = canvas.getContext("2d")
    const probe = h("i", {style: {background: "var(--surface)", display: "none"}})
    document.body.append(probe)
    pen.fillStyle = getComputedStyle(probe).backgroundColor
    probe.remove()
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.drawImage(drawn, 0, 0)
    keepFile({name: `usage-${id}.png`, type: "image/png", base64: canvas.toDataURL("image/png").split(",")[1]})
  }

  function keep(id, kind) {
    if (kind === "CSV") return board.send({kind: "csv", chart: id})
    const view = figure(id), name = id.slice(scope.length)
    if (!view) return
    if (kind === "PNG") png(view, name)
    else keepFile({name: `usage-${name}.svg`, type: "image/svg+xml", text: view.export("svg", false).ctx.get_serialized_svg(true)})
  }

  function turn(button) {
    const on = button.getAttribute("aria-pressed") !== "true", view = figure(button.dataset.chart)
    button.setAttribute("aria-pressed", String(on))
    for (const renderer of view?.model.renderers ?? []) if (renderer.name === button.dataset.layer) renderer.visible = on
  }

  function onClick(event) {
    const target = event.composedPath().find(node => node instanceof HTMLElement && node.matches?.("[data-file], [data-layer], [data-value]"))
    if (!target || !(target.dataset.chart ?? "").startsWith(scope)) return
    if (target.dataset.file) keep(target.dataset.chart, target.dataset.file)
    else if (target.dataset.layer) turn(target)
    else {
      const dimension = target.closest("[data-dimension]")?.dataset.dimension
      if (dimension) board.send({kind: "pick", dimension, value: target.dataset.value})
    }
  }
  const onChart = event => { if (event.detail.chart.startsWith(scope)) board.send(event.detail) }

  document.addEventListener("click", onClick)
  document.addEventListener("clausius-chart", onChart)
  return {stop() { document.removeEventListener("click", onClick); document.removeEventListener("clausius-chart", onChart) }}
}
