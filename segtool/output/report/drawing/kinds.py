"""Which function draws which chart."""

from segtool.output.report.charts import Bars, Chart, Curve, Flows, Heat, Histogram, Lines
from segtool.output.report.drawing.bars import bars_in
from segtool.output.report.drawing.curve import curve_in
from segtool.output.report.drawing.flows import flows_in
from segtool.output.report.drawing.frame import Frame
from segtool.output.report.drawing.heat import heat_in
from segtool.output.report.drawing.histogram import histogram_in
from segtool.output.report.drawing.lines import lines_in
from segtool.output.report.drawing.vega import Drawing


def drawing_of(chart: Chart, frame: Frame) -> Drawing:
    """Return a chart as a drawing that fits its frame."""
    match chart:
        case Bars():
            return bars_in(chart, frame)
        case Heat():
            return heat_in(chart, frame)
        case Histogram():
            return histogram_in(chart, frame)
        case Curve():
            return curve_in(chart, frame)
        case Lines():
            return lines_in(chart, frame)
        case Flows():
            return flows_in(chart, frame)
