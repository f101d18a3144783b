# Turns words around. It asks itself, and ends.
require "rack/mock"
require "sinatra/base"

class Turn < Sinatra::Base
  set :host_authorization, permitted_hosts: []
  get("/:word") { params["word"].reverse }
end

answer = Rack::MockRequest.new(Turn).get("/stressed")
puts "#{answer.status} #{answer.body}"
