// What a run was submitted with, as far as the cluster told it, and how the asking stands.

function makeProvenance(page) {
  const TABS = [["script", "Batch script"], ["parameters", "Parameters"], ["slurm", "Slurm configuration"], ["environment", "Environment"]]
  const asked = h("div"), command = h("div"), tabs = h("div", {class: "tablist", role: "tablist"}), body = h("div", {role: "tabpanel"}), copy = h("span")
  const node = h("section", {class: "panel"}, h("header", {}, h("h2", {text: "Submitted with"})), asked, command, h("header", {}, tabs, h("span", {class: "space"}), copy), body)
  const again = text => h("button", {type: "button", class: "link", text, onclick: () => page.send({kind: "capture"})})

  function drawAsked({asking, error, missing, at, cluster}) {
    if (asking) return h("p", {class: "asked turning"}, icon("refresh"), `asking ${cluster} what it was submitted with …`)
    if (error) return h("p", {class: "asked wrong"}, h("span", {text: error}), again("Ask again"))
    if (at === null) return h("p", {class: "asked"}, missing ? `${missing}. ` : "Not asked for yet. ", again("Ask the cluster"))
    return h("p", {class: "asked"}, "as the cluster told it ", h("span", {data: {ago: at}}), missing && h("span", {text: `· ${missing}`}), again("Ask again"))
  }

  function code(text) {
    const lines = text.replace(/\n$/, "").split("\n")
    return h("div", {class: "code", tabIndex: 0}, h("div", {class: "numbers", "aria-hidden": "true", text: lines.map((_, i) => i + 1).join("\n")}), h("pre", {text: lines.join("\n")}))
  }

  function pairs(rows) {
    if (rows.length <= 8) return h("dl", {}, ...rows.flatMap(([name, value]) => field(name, h("span", {class: "mono", text: value || "–"}))))
    const list = h("dl"), need = h("input", {type: "search", placeholder: `Find among ${rows.length} fields`, "aria-label": "Find a field", oninput: () => fill()})
    const fill = () => list.replaceChildren(...rows.filter(row => row.join(" ").toLowerCase().includes(need.value.toLowerCase())).flatMap(([name, value]) => field(name, h("span", {class: "mono", text: value || "–"}))))
    fill()
    return [h("label", {class: "search", style: {margin: "10px 12px 0"}}, icon("search"), need), list]
  }

  function content({tab, known}) {
    const none = text => h("p", {class: "muted pad", text: known.asking ? "…" : text})
    if (tab === "script") return known.script ? code(known.script) : none("No batch script is known: it was not submitted as one, or the cluster keeps none.")
    const rows = known[tab]
    return rows.length ? pairs(rows) : none(tab === "parameters" ? "Neither the submit command nor the script gives its programs parameters by name." : tab === "slurm" ? "The controller has forgotten this job; its configuration was not captured in time." : "The script names no modules, environments or containers, and its directory is no git checkout.")
  }

  function draw(run, known, tab) {
    redraw(asked, {asking: known.asking, error: known.error, missing: known.missing, at: known.at, cluster: run.cluster}, drawAsked)
    redraw(command, known.command, text => text ? [h("div", {class: "command"}, h("span", {text}), copyButton(page, text, "Copy the submit command")), h("p", {class: "asked", text: "Slurm keeps no quotes of a command: check it before you submit it again."})] : [])
    redraw(tabs, tab, () => TABS.map(([name, title]) => h("button", {type: "button", role: "tab", "aria-selected": String(name === tab), text: title, data: {focus: name}, onclick: () => page.send({kind: "tab", tab: name})})))
    redraw(copy, {tab, text: known.script}, () => tab === "script" && known.script ? copyButton(page, known.script, "Copy the batch script") : [])
    redraw(body, {tab, known: {...known, at: null}}, content)
  }

  return {node, draw}
}
