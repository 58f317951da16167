"""How charts are drawn: room and letters reckoned here, scales and marks by Vega, its SVG made part of a page."""
