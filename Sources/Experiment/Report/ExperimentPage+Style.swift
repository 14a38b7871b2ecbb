// ExperimentPage+Style.swift — how the page looks on a screen and on paper.

extension ExperimentPage {
    static let style = """
        body { font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
          Arial, sans-serif; color: #1a1a1a; background: #fff; max-width: 1180px;
          margin: 2rem auto; padding: 0 1.5rem; }
        h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .2rem; }
        h2 { font-size: 1.2rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 1px solid #ddd; }
        h3 { font-size: 1rem; margin: 1.4rem 0 .5rem; }
        p { max-width: 62rem; }
        .summary { color: #555; margin: 0 0 1rem; }
        .note { color: #666; font-size: .85rem; margin: .5rem 0; }
        .warning { border-left: 4px solid #d55e00; background: #fdf3ec; padding: .6rem 1rem; margin: 1rem 0; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .82rem; }
        th, td { padding: .28rem .5rem; text-align: right; white-space: nowrap; vertical-align: baseline; }
        th:first-child, td.name { text-align: left; }
        thead th { font-weight: 600; color: #555; border-bottom: 1px solid #bbb; vertical-align: bottom; }
        thead tr.groups th { border-bottom: 0; padding-bottom: 0; text-align: center; }
        tbody tr + tr td { border-top: 1px solid #eee; }
        tr.reference td { background: #fdf3ec; }
        tr.reference td.name { font-weight: 600; }
        small { color: #777; font-size: .88em; font-weight: 400; }
        i { color: #888; }
        .facts { margin-top: 1rem; }
        .facts th { font-weight: 500; color: #555; vertical-align: top; }
        .facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
        code { font-size: .92em; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(430px, 1fr));
          gap: 1rem; align-items: start; margin: .8rem 0; }
        figure { margin: 0; border: 1px solid #e5e5e5; border-radius: 6px; padding: .6rem; }
        figure.wide { margin: .8rem 0; }
        figure svg, figure img { display: block; width: 100%; height: auto; }
        figure img { max-width: 1010px; margin: 0 auto; }
        figcaption { color: #666; font-size: .85rem; margin-top: .3rem; }
        @media (max-width: 560px) { .figures { grid-template-columns: 1fr; } }
        @media print {
          body { margin: 0; padding: 0; max-width: none; font-size: 9.5pt; }
          h1 { font-size: 16pt; } h2 { font-size: 12pt; margin-top: 14pt; }
          table { font-size: 6.9pt; }
          th, td { padding: .1rem .2rem; }
          .note, figcaption { font-size: 7.5pt; }
          .scroll { overflow: visible; }
          .figures { grid-template-columns: 1fr 1fr; gap: .5rem; }
          figure, tr, .warning { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
          tr.reference td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          @page { size: A4; margin: 13mm; }
        }
        """
}
