# Draws the graph that it reads: an edge a line, two names with a blank between them.
require "graphviz"

graph = GraphViz.new(:G)
$stdin.each_line { |line| graph.add_edges(*line.split.first(2)) }
puts graph.output(svg: String)
