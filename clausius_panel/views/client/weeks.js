// How a project has done: a few numbers, and a bar for each week.

function weekBars(weeks) {
  const most = Math.max(1, ...weeks.map(week => week.completed + week.failed + week.cancelled))
  const day = at => new Date(at * 1000).toLocaleDateString([], {month: "short", day: "numeric", timeZone: "UTC"})
  const part = (week, name) => h("i", {class: name, style: {height: `${100 * week[name] / most}%`}})
  return h("div", {class: "weeks-box"}, h("div", {class: "weeks", role: "img", "aria-label": `Jobs that ended in each of the last ${weeks.length} weeks`}, ...weeks.map(week => h("div", {class: "week",
    title: `week of ${day(week.start)}: ${grouped(week.completed)} completed, ${grouped(week.failed)} failed, ${grouped(week.cancelled)} cancelled\n${grouped(week.gpu_hours)} GPU hours`}, part(week, "failed"), part(week, "cancelled"), part(week, "completed")))),
  h("div", {class: "ends"}, h("span", {text: weeks.length ? day(weeks[0].start) : ""}), h("span", {text: `jobs ended a week, at most ${grouped(most)}`}), h("span", {text: "this week"})))
}

function numbers(head) {
  const number = (value, text, tip = "") => h("div", {class: "number", title: tip}, h("b", {text: value}), h("span", {text}))
  const live = head.families.filter(item => ["running", "pending", "transition", "held"].includes(item.family)).reduce((sum, item) => sum + item.tasks, 0)
  return [number(live ? grouped(live) : "–", "at work", inWords(head.families)), number(head.gpus ? grouped(head.gpus) : "–", "GPUs in use"), number(head.success === null ? "–" : `${Math.round(100 * head.success)} %`, "went well", "completed, of those that completed or failed in these weeks"),
    number(head.gpu_hours ? grouped(Math.round(head.gpu_hours)) : "–", "GPU hours", `in the last ${head.weeks.length} weeks`), number(grouped(head.runs), "runs ever")]
}
