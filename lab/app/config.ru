# frozen_string_literal: true

# The application at the end of every chain of the lab: a small Rails app with
# Action Cable at /cable. It needs no database and no assets, and runs unchanged on
# Rails 6.1 and 7.2 from Debian's packages:
#
#     puma -C lab/app/puma.rb -b tcp://127.0.0.1:3000 lab/app/config.ru
#
# ALLOWED_ORIGIN  origins that may open a WebSocket, separated by commas
#                 (http://app.example.com if unset); as by Rails' default, an
#                 origin that equals the request's own scheme and Host may too
# PASSWORD        1: /cable wants a password, that of /members

ENV["RAILS_ENV"] ||= "production"

require "rails"
require "action_controller/railtie"
require "action_cable/engine"

$stdout.sync = true # the log is read while the application runs

class Lab < Rails::Application
  config.load_defaults Rails::VERSION::STRING.to_f
  config.root = __dir__
  config.paths["log"] = File::NULL # Rails opens its log file before it reads config.logger
  config.eager_load = true
  config.secret_key_base = "the lab keeps no secrets"
  config.public_file_server.enabled = false

  config.log_level = :info
  config.log_tags = [:request_id]
  config.logger = ActiveSupport::Logger.new($stdout)
    .tap { |logger| logger.formatter = Logger::Formatter.new }
    .then { |logger| ActiveSupport::TaggedLogging.new(logger) }

  config.action_cable.cable = { "adapter" => "async" }
  config.action_cable.mount_path = "/cable"
  config.action_cable.allowed_request_origins =
    ENV.fetch("ALLOWED_ORIGIN", "http://app.example.com").split(",")
end

# EchoChannel sends back what it gets, by way of a broadcast, to the one
# connection it came from.
class EchoChannel < ActionCable::Channel::Base
  def subscribed
    stream_from broadcasting
  end

  def receive(data)
    ActionCable.server.broadcast(broadcasting, data)
  end

  private

  def broadcasting
    @broadcasting ||= "echo:#{SecureRandom.uuid}"
  end
end

# PagesController answers ordinary requests: a page, a health check, a page that
# makes a browser open the WebSocket, and one that wants a password.
class PagesController < ActionController::Base
  http_basic_authenticate_with name: "hound", password: "nose", realm: "kennel", only: :members

  def home
    render plain: "The lab's application.\n"
  end

  def up
    render plain: "up\n"
  end

  def members
    render plain: "For members only.\n"
  end

  def browser
    render html: File.read(File.join(__dir__, "browser.html")).html_safe
  end
end

Lab.initialize!

Lab.routes.draw do
  root "pages#home"
  get "up", to: "pages#up"
  get "members", to: "pages#members"
  get "browser", to: "pages#browser"
end

if ENV["PASSWORD"] == "1"
  use(Class.new(Rack::Auth::Basic) do
    def call(env)
      env["PATH_INFO"] == "/cable" ? super : @app.call(env)
    end
  end, "kennel") { |name, word| [name, word] == %w[hound nose] }
end

run Lab
