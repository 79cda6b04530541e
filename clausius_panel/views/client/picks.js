// Buttons that open a menu to choose from: one of a few, or any of many with how many jobs each has.

function makePicks(board) {
  const toggled = (list, item) => list.includes(item) ? list.filter(other => other !== item) : [...list, item]
  const MOST = 300  // options that are drawn; who needs another one types

  function button(id, title, said, tip, onclick, on = Boolean(said), label = title) {
    return h("button", {type: "button", class: `pick${on ? " on" : ""}`, "aria-haspopup": "true", data: {focus: id}, title: tip,
      "aria-label": `${label}${said ? `: ${said}` : ""}`, onclick}, said ? `${title}: ` : title, said && h("b", {class: "cut", text: said}), icon("down"))
  }

  // any of many: item = {id, title, options: [{value, text?, count?}], chosen}
  function many(item, change) {
    const said = item.chosen.length === 1 ? item.chosen[0] : item.chosen.length ? `${item.chosen.length}` : ""
    const tip = item.chosen.length ? `${item.title}: ${item.chosen.join(", ")}` : `Any ${item.title.toLowerCase()}`
    return button(item.id, item.title, said, tip, event => openMany(event.currentTarget, item, change), Boolean(said), `Filter by ${item.title.toLowerCase()}`)
  }

  function openMany(anchor, item, change) {
    let chosen = [...board.now(item.id, item.chosen)]
    const list = h("div", {class: "options"})
    const need = h("input", {type: "search", placeholder: `Find ${item.title.toLowerCase()}`, "aria-label": `Find ${item.title.toLowerCase()}`, oninput: () => fill()})
    const choose = next => { chosen = next; change(chosen) }
    const found = () => item.options.filter(option => (option.text ?? option.value).toLowerCase().includes(need.value.toLowerCase()))
    const clear = h("button", {type: "button", class: "link", text: "Any", onclick: () => { choose([]); fill() }})
    const all = h("button", {type: "button", class: "link", text: "All found", onclick: () => { choose([...new Set([...chosen, ...found().slice(0, MOST).map(option => option.value)])]); fill() }})
    function fill() {
      const options = found()
      all.hidden = !need.value || !options.length
      list.replaceChildren(...options.slice(0, MOST).map(option => h("label", {}, h("input", {type: "checkbox", checked: chosen.includes(option.value),
        onchange: () => choose(toggled(chosen, option.value))}), h("span", {class: "cut grow", text: option.text ?? option.value, title: option.text ?? option.value}),
        option.count !== undefined && h("span", {class: "muted count-of", text: grouped(option.count)}))))
      if (!options.length) list.append(h("p", {class: "muted", text: item.options.length ? "none of this name" : item.counted ? "none among these jobs" : "being counted …"}))
      if (options.length > MOST) list.append(h("p", {class: "muted", text: `and ${grouped(options.length - MOST)} more: type to find them`}))
    }
    fill()
    board.overlay.openMenu(anchor, h("div", {class: "menu-head"}, h("b", {text: item.title}), h("span", {}, all, clear)), item.options.length > 8 && need, list)
  }

  // one of a few: item = {id, title, options: [{value, text}], chosen, usual}
  function one(item, change) {
    const now = item.options.find(option => option.value === item.chosen), said = now?.text ?? String(item.chosen)
    return h("button", {type: "button", class: `pick${item.chosen === item.usual ? "" : " on"}`, "aria-haspopup": "true", data: {focus: item.id}, title: item.tip ?? item.title,
      "aria-label": `${item.title}: ${said}`, onclick: event => board.overlay.openMenu(event.currentTarget, h("div", {class: "menu-head"}, h("b", {text: item.title})), radios(item, change))},
      `${item.title}: `, h("b", {class: "cut", text: said}), icon("down"))
  }

  function radios(item, change) {
    const now = board.now(item.id, item.chosen)
    return h("div", {class: "options"}, ...item.options.map(option => h("label", {title: option.tip}, h("input", {type: "radio", name: item.id, checked: option.value === now,
      onclick: () => { change(option.value); board.overlay.menu.hidePopover() }}), h("span", {text: option.text}))))
  }

  return {many, one, radios, button}
}
