// What a page measures at the width it has now: gives what sticks out, what is cut off and what is too small to press.
() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const name = element => `${element.tagName.toLowerCase()}.${element.className} "${element.textContent.trim().slice(0, 30)}"`;
  const boxOf = element => element.getBoundingClientRect();
  // A table may scroll in a box of its own (WCAG 2.2, 1.4.10).
  const isShown = element => element.checkVisibility() && !element.closest(".fl-vh, .fl-skip, .fl-table-box > *")
    && !element.matches(".fl-table-box");
  const size = element => {
    const box = boxOf(element);
    return `${name(element)} ${Math.round(box.width * 10) / 10}x${Math.round(box.height * 10) / 10}`;
  };
  const isSmall = (element, side) => boxOf(element).width < side || boxOf(element).height < side;
  // A link inside a sentence is as high as its line (WCAG 2.5.8 excepts it).
  const isInSentence = link => getComputedStyle(link).display === "inline"
    && [...link.parentElement.childNodes].some(node => node !== link && node.nodeType === 3 && node.data.trim());
  const shown = all("body *").filter(isShown);
  const targets = all("a[href], button, .fl-radio label").filter(isShown);
  return {
    width: innerWidth,
    scroll: document.documentElement.scrollWidth,
    beyond: shown.filter(one => boxOf(one).right > innerWidth + 0.5 || boxOf(one).left < -0.5).map(size),
    clipped: shown.filter(one => {
      const look = getComputedStyle(one);
      const hides = look.overflowX !== "visible" || look.overflowY !== "visible" || look.textOverflow === "ellipsis";
      return hides && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
    }).map(size),
    spilling: shown.filter(one => one.children.length === 0 && one.textContent.trim() && !one.closest("svg")).filter(one => {
      const range = document.createRange();
      range.selectNodeContents(one);
      return [...range.getClientRects()].some(box => box.right > innerWidth + 0.5);
    }).map(size),
    small: targets.filter(one => isSmall(one, 24) && !isInSentence(one)).map(size),
    low: all(".fl-btn, .fl-provider, .fl-radio label, .fl-back, .fl-side").filter(isShown)
      .filter(one => boxOf(one).height < 44).map(size),
    count: targets.length,
  };
}
