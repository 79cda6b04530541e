// Tables beside the charts: shares as small bars with their number.

function makeUsageTables(board) {
  const node = h("div", {class: "tables"})

  function cell(one, table, at, row) {
    const left = at < (table.left ?? 1)
    if ("percent" in one) {
      if (one.percent === null) return h("td", {class: "right muted", text: "–", title: "not known"})
      return h("td", {class: "right"}, h("span", {class: "share"}, h("i", {}, h("b", {style: {width: `${Math.min(100, one.percent)}%`}})), h("span", {text: `${Math.round(one.percent)} %`})))
    }
    const text = at === 0 && table.dimension ? h("button", {type: "button", class: "name", text: one.text, title: `Only ${one.text}`, onclick: () => board.send({kind: "pick", dimension: table.dimension, value: one.text})})
      : h(one.strong ? "b" : "span", {text: one.text})
    return h("td", {class: `${left || one.wide ? "" : "right"}${one.wide ? " because" : ""}`, title: one.text}, text)
  }

  function build(table) {
    const head = h("tr", {}, ...table.columns.map((title, i) => h("th", {scope: "col", class: i < (table.left ?? 1) || title === "Because" ? "" : "right", text: title})))
    return h("section", {class: "panel"}, h("header", {}, h("h2", {text: table.title}), h("span", {class: "muted", text: table.note})),
      table.rows.length ? h("div", {class: "wide-table"}, h("table", {}, h("thead", {}, head), h("tbody", {}, ...table.rows.map(row => h("tr", {}, ...row.map((one, i) => cell(one, table, i, row)))))))
        : h("p", {class: "muted", text: table.empty ?? "Nothing is known."}))
  }

  return {node, draw: tables => redraw(node, tables, all => all.map(build))}
}
